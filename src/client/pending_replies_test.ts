import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { PendingReplies } from "./pending_replies.ts";

Deno.test("PendingReplies.wait() resolves with the reply to its own request", async () => {
  const replies = new PendingReplies<string>(new FakeClock());
  const first = replies.wait(1, 100, "ask");
  const second = replies.wait("two", 100, "ask");
  assert.equal(replies.settle("two", "b"), true);
  assert.equal(replies.settle(1, "a"), true);
  assert.deepEqual([await first, await second], ["a", "b"]);
});

Deno.test("PendingReplies.wait() rejects at its deadline, and a later reply finds nobody", async () => {
  const clock = new FakeClock();
  const replies = new PendingReplies<string>(clock);
  const late = assert.rejects(replies.wait(1, 100, "ask"), /Cannot ask: must end within 100 ms/);
  clock.advance(100);
  await late;
  assert.equal(replies.settle(1, "a"), false);
});

Deno.test("PendingReplies.wait() refuses a 17th request", async () => {
  const replies = new PendingReplies<string>(new FakeClock());
  const waiting = Array.from({ length: 16 }, (_, id) => replies.wait(id, 100, "ask"));
  await assert.rejects(replies.wait(16, 100, "ask"), /at most 16 requests/);
  for (let id = 0; id < 16; id++) replies.settle(id, "a");
  assert.equal((await Promise.all(waiting)).length, 16);
});

Deno.test("PendingReplies.failAll() rejects every request", async () => {
  const replies = new PendingReplies<string>(new FakeClock());
  const waiting = [replies.wait(1, 100, "ask"), replies.wait(2, 100, "ask")];
  replies.failAll(new Error("gone"));
  const results = await Promise.allSettled(waiting);
  assert.deepEqual(results.map(({ status }) => status), ["rejected", "rejected"]);
});
