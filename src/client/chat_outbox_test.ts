import assert from "node:assert/strict";
import { wireSaid } from "../../tests/support/chat_protocol_server.ts";
import { ChatOutbox, type OutboxEntry } from "./chat_outbox.ts";

Deno.test("ChatOutbox.due() returns what has to be sent one after the other, again after a lost connection", () => {
  const outbox = new ChatOutbox();
  for (const key of ["a", "b"]) outbox.add(entry(key));
  const due = () => outbox.due("lobby")?.message.key;
  assert.equal(due(), "a");
  outbox.sent("a", 1);
  assert.equal(due(), undefined);
  outbox.lost();
  assert.equal(due(), "a");
  outbox.sent("a", 2);
  outbox.settle(2);
  assert.equal(due(), "b");
  assert.equal(outbox.due("elsewhere"), undefined);
});

Deno.test("ChatOutbox.settle() removes what a request said, once", () => {
  const outbox = new ChatOutbox();
  outbox.add(entry("a"));
  outbox.sent("a", 1);
  assert.equal(outbox.settle(2), undefined);
  assert.equal(outbox.settle(1)?.message.key, "a");
  assert.equal(outbox.settle(1), undefined);
});

Deno.test("ChatOutbox.sent() tells when a message has been tried too often", () => {
  const outbox = new ChatOutbox();
  outbox.add(entry("a"));
  const tries = Array.from({ length: 11 }, (_, index) => outbox.sent("a", index));
  assert.equal(tries.indexOf(false), 10);
});

// Ten files in a row that a server takes one a second of were given up, as if nobody had answered.
Deno.test("ChatOutbox.again() lets a message be tried for two minutes that is refused as too much", () => {
  const outbox = new ChatOutbox();
  outbox.add(entry("a"));
  for (let id = 1; id <= 120; id += 1) {
    assert.ok(outbox.sent("a", id), `attempt ${id}`);
    assert.ok(outbox.again(id));
  }
  assert.ok(outbox.sent("a", 121));
  assert.ok(!outbox.again(121));
  assert.equal(outbox.settle(121)?.message.key, "a");
});

Deno.test("ChatOutbox.recognise() takes only what an earlier connection has sent", () => {
  const outbox = new ChatOutbox();
  const said = wireSaid(1, { content: "text of a" });
  outbox.add(entry("a"));
  outbox.sent("a", 1);
  assert.equal(outbox.recognise(said), undefined);
  outbox.lost();
  outbox.sent("a", 2);
  assert.equal(outbox.recognise({ ...said, room: "elsewhere" }), undefined);
  assert.equal(outbox.recognise(said)?.message.key, "a");
});

Deno.test("ChatOutbox.add() refuses a key that waits already", () => {
  const outbox = new ChatOutbox();
  outbox.add(entry("a"));
  assert.throws(() => outbox.add(entry("a")), /its key must not wait already, a does/);
});

function entry(key: string): OutboxEntry {
  const content = `text of ${key}`;
  return {
    message: { kind: "text", content, key, room: "lobby", atMs: 0 },
    request: { type: "message", room: "lobby", content, key },
  };
}
