import assert from "node:assert/strict";
import { OwnPeople, refOf } from "./own_people.ts";
import type { Person } from "./server_words.ts";

function person(session: string, more: Partial<Person> = {}): Person {
  const claim = crypto.randomUUID();
  return { room: "lobby", ref: refOf(session), username: session, claim, ...more };
}

Deno.test("OwnPeople knows a session by what others call it, in each of its rooms", () => {
  const people = new OwnPeople();
  people.put("s", person("s"));
  people.put("s", person("s", { room: "other" }));
  people.remove("lobby", "s");
  assert.equal(people.session("lobby", refOf("s")), undefined);
  assert.equal(people.session("other", refOf("s")), "s");
  assert.deepEqual([...people].map(({ room }) => room), ["other"]);
});

Deno.test("OwnPeople.isFormer() knows who has come back under their name, while they are here", () => {
  const people = new OwnPeople();
  const before = person("before", { username: "Ada" });
  people.put("s", person("s", { username: "ada", former: before.ref }));
  assert.equal(people.isFormer(before), true);
  assert.equal(people.isFormer({ ...before, username: "grace" }), false);
  assert.equal(people.isFormer({ ...before, room: "other" }), false);
  people.remove("lobby", "s");
  assert.equal(people.isFormer(before), false);
});

Deno.test("refOf() says of a session what suffices to tell it from others, and no more", () => {
  const session = crypto.randomUUID();
  assert.match(refOf(session), /^[A-Za-z0-9_-]{22}$/);
  assert.equal(refOf(session), refOf(session));
  assert.notEqual(refOf(session), refOf(crypto.randomUUID()));
});
