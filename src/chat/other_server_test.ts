import assert from "node:assert/strict";
import { OtherServer } from "./other_server.ts";
import type { Person } from "./server_words.ts";

function roster(number: number, part = 0, parts = 1): Parameters<OtherServer["collect"]>[0] {
  return { type: "roster", number, part, parts, people: [person(`${number}-${part}`)] };
}

function person(username: string): Person {
  return { room: "lobby", ref: "r".repeat(22), username, claim: crypto.randomUUID() };
}

Deno.test("OtherServer.isNext() takes each change once and in order, from a roster on", () => {
  const server = new OtherServer("a");
  assert.equal(server.isNext(5), false, "nothing is known yet");
  assert.equal(server.collect(roster(5))?.length, 1);
  assert.deepEqual([5, 6, 6, 7].map((number) => server.isNext(number)), [false, true, false, true]);
  assert.equal(server.knows(7), true);
});

Deno.test("OtherServer.isNext() knows nothing any more after a gap, until the next roster", () => {
  const server = new OtherServer("a");
  server.collect(roster(1));
  assert.equal(server.isNext(3), false);
  assert.equal(server.knows(1), false);
  assert.equal(server.isNext(4), false);
  assert.equal(server.collect(roster(4))?.length, 1);
  assert.equal(server.isNext(5), true);
});

Deno.test("OtherServer.collect() returns the whole when all parts of one roster are there", () => {
  const server = new OtherServer("a");
  assert.equal(server.collect(roster(1, 0, 2)), undefined);
  assert.equal(server.collect(roster(2, 1, 2)), undefined, "of another roster");
  const people = server.collect(roster(2, 0, 2));
  assert.deepEqual(people?.map(({ username }) => username).toSorted(), ["2-0", "2-1"]);
});

Deno.test("OtherServer.collect() leaves a roster that is older than what is known", () => {
  const server = new OtherServer("a");
  server.collect(roster(1));
  server.isNext(2);
  assert.equal(server.collect(roster(1)), undefined);
});

Deno.test("OtherServer.tick() gives a server up that has been silent for more than eight", () => {
  const server = new OtherServer("a");
  const ticks = (count: number) => Array.from({ length: count }, () => server.tick());
  assert.equal(ticks(8).includes(true), false);
  server.heard();
  assert.equal(ticks(8).includes(true), false);
  assert.equal(server.tick(), true);
});

Deno.test("OtherServer.ask() allows a question after growing pauses, until it is answered", () => {
  const server = new OtherServer("a");
  const asks = (ticks: number) =>
    Array.from({ length: ticks }, () => {
      const isAllowed = server.ask();
      server.tick();
      return isAllowed ? "a" : "-";
    }).join("");
  assert.equal(asks(8), "aa-a---a");
  server.heard();
  assert.equal(asks(60).match(/a-*/g)?.at(-2)?.length, 20);
  server.collect(roster(1));
  assert.equal(asks(8), "aa-a---a");
});
