import assert from "node:assert/strict";
import type { ToDesk } from "../chat/desk_messages.ts";
import { RequestLine } from "./request_line.ts";

/** A line to a desk that the test plays, for a client with room for so many pages. */
function lineFor({ room = 0, contentMax = 100 }: { room?: number; contentMax?: number } = {}) {
  const asked: string[] = [];
  const client = { room };
  const line = new RequestLine({
    contentMax,
    hasRoomFor: (pagesOwed) => pagesOwed < client.room,
    ask: (request) => asked.push(nameOf(request)),
  });
  return { line, asked, client };
}

function nameOf(request: ToDesk): string {
  return request.kind === "gone" ? request.kind : `${request.kind} ${request.room}`;
}

function join(room: string): ToDesk {
  return { session: "s", kind: "join", room, relay: false, history: 50, address: "here" };
}

function say(room: string, text = "hello"): ToDesk {
  return { session: "s", kind: "say", room, content: { kind: "text", text } };
}

function history(room: string): ToDesk {
  return { session: "s", kind: "history", room, limit: 50 };
}

Deno.test("RequestLine.add() holds a join that the client has no room for, and all behind it in order", () => {
  const { line, asked } = lineFor({ room: 1 });
  for (const request of [say("a"), join("a"), say("a"), join("b"), say("b"), say("a"), join("c")]) {
    assert.equal(line.add(request), undefined);
  }
  assert.deepEqual(asked, ["say a", "join a", "say a"]);
  line.answered({ kind: "join", room: "a" });
  assert.deepEqual(asked.slice(3), ["join b", "say b", "say a"]);
  line.answered({ kind: "join", room: "b" });
  assert.deepEqual(asked.slice(6), ["join c"]);
});

Deno.test("RequestLine.waiting is true while only the client keeps a request from going on", () => {
  const { line, asked, client } = lineFor({ room: 1 });
  line.add(join("a"));
  line.add(history("a"));
  assert.equal(line.waiting, false, "the desk will answer");
  client.room = 0;
  line.answered({ kind: "join", room: "a" });
  assert.equal(line.waiting, true);
  client.room = 1;
  line.goOn();
  assert.equal(line.waiting, false);
  assert.deepEqual(asked, ["join a", "history a"]);
});

Deno.test("RequestLine.add() takes one history of a room at a time, held or not", () => {
  const { line } = lineFor({ room: 1 });
  assert.equal(line.add(history("a")), undefined);
  assert.match(line.add(history("a")) ?? "", /^must ask for one page of a room after the other/);
  assert.equal(line.add(history("b")), undefined);
  assert.match(line.add(history("b")) ?? "", /^must ask for one page/);
  line.answered({ kind: "history", room: "a" });
  assert.equal(line.add(history("a")), undefined);
});

Deno.test("RequestLine.add() holds 100 requests at most", () => {
  const { line, asked, client } = lineFor();
  for (let n = 0; n < 100; n += 1) assert.equal(line.add(join(`${n}`)), undefined);
  assert.match(line.add(join("more")) ?? "", /^must read the histories/);
  client.room = 100;
  line.goOn();
  assert.equal(asked.length, 100);
  assert.equal(line.add(say("more")), undefined);
});

Deno.test("RequestLine.add() holds so much of what is said, or one message that is larger", () => {
  const { line, client } = lineFor({ contentMax: 10 });
  line.add(join("a"));
  assert.equal(line.add(say("a", "x".repeat(20))), undefined);
  assert.match(line.add(say("a", "x")) ?? "", /^must read the histories/);
  assert.equal(line.add(join("b")), undefined, "says nothing");
  client.room = 1;
  line.goOn();
  assert.equal(line.add(say("a", "x".repeat(10))), undefined);
});

Deno.test("RequestLine.close() leaves out what is held, so that the desk hears nothing of a session that is over", () => {
  const { line, asked, client } = lineFor();
  line.add(join("a"));
  line.close();
  client.room = 1;
  line.goOn();
  assert.deepEqual([asked, line.waiting], [[], false]);
});
