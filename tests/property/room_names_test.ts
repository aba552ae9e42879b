import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { Room } from "../../src/chat/room.ts";
import { nameKey, usernameSchema } from "../../src/session/chat_protocol.ts";

/** Letters of one and of two UTF-16 units, and what may stand between them. */
const aName = fc.array(fc.constantFrom("a", "Z", "7", "é", "한", "𐐷", "𠮷", " ", ".", "-", "_"), {
  minLength: 1,
  maxLength: 32,
}).map((characters) => v.safeParse(usernameSchema, characters.join("")))
  .filter(({ success }) => success)
  .map(({ output }) => String(output));

// A letter of two UTF-16 units was cut in two where a long name got its number. Other servers refused the
// name, and with it all that this server said of its people, for as long as its owner stayed.
Deno.test("Room.otherName() gives names that are free and that users may have", () => {
  const given = fc.property(aName, (name) => {
    const room = new Room("lobby");
    room.put({
      session: "",
      station: { post: () => {} },
      relay: false,
      address: "192.0.2.1",
      username: name,
    });
    const names = new Set([nameKey(name)]);
    for (let session = 1; session <= 12; session += 1) {
      const username = room.otherName(name);
      assert.equal(v.parse(usernameSchema, username), username);
      room.put({
        session: `${session}`,
        station: { post: () => {} },
        relay: false,
        address: "192.0.2.1",
        username,
      });
      names.add(nameKey(username));
    }
    assert.equal(names.size, 13);
  });
  fc.assert(given, { examples: [["𐐷".repeat(15)]] });
});
