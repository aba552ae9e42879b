import assert from "node:assert/strict";
import { batchFrame } from "./peers/stream.js";
import { type ExpectedStream, Received } from "./received.ts";

const STREAM: ExpectedStream = {
  symbols: 2,
  stride: 1,
  total: 6,
  batch: 2,
  intervalUs: 1000,
  exact: true,
};
const SYMBOLS = [0, 1];

/** The price says which update it is; the symbols take turns. */
function quote(update: number) {
  const symbol = update < 0 || update % 2 === 0 ? "AAAA" : "AAAB";
  return { symbol, source: "x", price: (10_000 + update) / 100, timestamp: 1, time: 1000 };
}

function subscribed(wanted: readonly number[] = SYMBOLS): Received {
  const received = new Received(STREAM, wanted, () => {});
  const quotes = wanted.map((key) => ({ ...quote(-1), symbol: key === 0 ? "AAAA" : "AAAB" }));
  received.take(JSON.stringify({ type: "snapshot", seq: 0, quotes, complete: true }));
  return received;
}

function batch(number: number, ...updates: number[]): string {
  return batchFrame(updates.map(quote), number);
}

Deno.test("Received is complete with every update and nothing else", () => {
  const received = subscribed();
  received.take(batch(0, 0, 1));
  received.take(batch(1, 2, 3));
  assert.equal(received.complete, false);
  received.take(batch(2, 4, 5));
  assert.equal(received.complete, true);
  received.checkEnd();
  assert.deepEqual(received.faults, []);
});

Deno.test("Received is complete when what was left out is counted as conflated", () => {
  const received = subscribed();
  received.take(batch(0, 0, 1));
  const update = { type: "update", seq: 3, quotes: [quote(4), quote(5)], conflated: 2 };
  received.take(JSON.stringify(update));
  received.checkEnd();
  assert.deepEqual(received.faults, []);
});

Deno.test("Received finds an update that was left out without a word", () => {
  const received = subscribed();
  received.take(batch(0, 0, 1));
  received.take(batch(2, 4, 5));
  assert.match(received.faults.join(), /number 3 promises 6 updates, has 4/);
});

Deno.test("Received finds a price that goes back", () => {
  const received = subscribed();
  received.take(batch(0, 0, 1));
  received.take(batch(1, 2, 1));
  assert.match(received.faults.join(), /symbol 1 went back from update 1 to 1/);
});

Deno.test("Received finds a heartbeat that promises too much", () => {
  const received = subscribed();
  received.take(JSON.stringify({ type: "heartbeat", seq: 1 }));
  assert.match(received.faults.join(), /number 1 promises 2 updates, has 0/);
});

Deno.test("Received finds a sequence number that goes back", () => {
  const received = subscribed();
  received.take(batch(0, 0, 1));
  received.take(JSON.stringify({ type: "heartbeat", seq: 0 }));
  assert.match(received.faults.join(), /number went back from 1 to 0/);
});

Deno.test("Received expects of a list its own updates alone", () => {
  const received = subscribed([1]);
  received.take(batch(0, 1));
  received.take(batch(2, 3, 5));
  received.checkEnd();
  assert.deepEqual(received.faults, []);
  received.take(batch(2, 4));
  assert.match(received.faults.join(), /update 4 of AAAA was not published, or not asked for/);
});

Deno.test("Received finds what is missing at the end", () => {
  const received = subscribed();
  received.take(batch(0, 0, 1));
  received.checkEnd();
  assert.match(received.faults.join(), /2 delivered and 0 conflated of 6 published/);
});
