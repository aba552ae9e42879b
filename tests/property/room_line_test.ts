import assert from "node:assert/strict";
import fc from "fast-check";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { RoomLine } from "../../src/chat/room_line.ts";
import { type ChatMessage, OLDEST_ID } from "../../src/db/chat_store.ts";

const ids = new MessageIds();

Deno.test("RoomLine tells all that the history has, once, and in order while it can be read, whatever gets lost, doubled or late", async () => {
  const aCourse = fc.nat(30).chain((length) =>
    fc.record({
      length: fc.constant(length),
      /** How much the history has when the next delivery comes. */
      written: fc.array(fc.nat(length), { maxLength: 60 }),
      /** Which message comes then, if it has been written. */
      brought: fc.array(fc.nat(length), { maxLength: 60 }),
      looks: fc.array(fc.nat(60), { maxLength: 5 }),
      /** When the history cannot be read. */
      outage: fc.tuple(fc.nat(60), fc.nat(60)),
      /** Whether it cannot when the room comes to be. */
      isBlind: fc.boolean(),
    })
  );
  await fc.assert(
    fc.asyncProperty(aCourse, async ({ length, written, brought, looks, outage, isBlind }) => {
      const [from, to] = outage;
      const openedAt = ids.next();
      const all = Array.from({ length }, (): ChatMessage => {
        const content = { kind: "text", text: "x" } as const;
        return { id: ids.next(), room: "lobby", username: "ada", timeMs: 0, content };
      });
      let visible = 0;
      let isAway = isBlind;
      const told: string[] = [];
      const line = new RoomLine({
        tell: ({ message }) => told.push(message.id),
        read: (after) =>
          Promise.resolve().then(() => {
            if (isAway) return undefined;
            const above = all.slice(0, visible).filter(({ id }) => id > (after ?? OLDEST_ID));
            return { messages: after === undefined ? [] : above, more: false };
          }),
        isPending: () => false,
        wasTold: () => false,
        recovered: () => {},
      }, openedAt);
      await line.opened;
      for (const [step, position] of brought.entries()) {
        visible = Math.max(visible, written[step] ?? 0);
        isAway = step >= from && step < to;
        const message = all[position];
        if (message !== undefined && position < visible) {
          line.accept({ message, previous: all[position - 1]?.id ?? OLDEST_ID });
        }
        if (looks.includes(step)) await line.catchUp();
      }
      isAway = false;
      await line.catchUp();
      await line.catchUp();
      line.close();
      // While the history is away, what comes is told as it comes.
      if (isBlind || from < to) told.sort();
      assert.deepEqual(told, all.slice(0, visible).map(({ id }) => id));
    }),
  );
});
