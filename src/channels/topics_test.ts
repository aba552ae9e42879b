import assert from "node:assert/strict";
import { Book } from "../price/book.ts";
import { aQuote, changeOf } from "../../tests/support/quotes.ts";
import { priceFrames, readTopics, timedFrames } from "./topics.ts";

function read(query: string): string[] | string {
  const choice = readTopics(new URLSearchParams(query));
  return choice.ok ? [...choice.topics] : choice.fault;
}

Deno.test("readTopics() takes random when nothing is asked for", () => {
  assert.deepEqual(read(""), ["random"]);
});

Deno.test("readTopics() takes each known topic once, in lists and in repeated parameters", () => {
  assert.deepEqual(read("topics=prices,stats,prices"), ["prices", "stats"]);
  assert.deepEqual(read("topics=stats&topics=random"), ["stats", "random"]);
});

Deno.test("readTopics() names the known topics and shows the unknown one, cut short and escaped", () => {
  assert.equal(
    read("topics=random,orders"),
    'topics must be some of random, prices, stats, is "orders"',
  );
  assert.equal(read("topics="), 'topics must be some of random, prices, stats, is ""');
  assert.match(String(read(`topics=%0A${"x".repeat(999)}`)), /is "\\n\[999 characters\]"$/);
});

Deno.test("timedFrames() encodes each frame once", () => {
  let asked = 0;
  const frames = timedFrames(() => ({ asked: ++asked }));
  assert.equal(frames.stats(), '{"topic":"stats","payload":{"asked":1}}');
  assert.equal(frames.stats(), frames.stats());
  assert.equal(frames.random(), frames.random());
  assert.equal(asked, 1);
});

Deno.test("priceFrames() makes one frame per quote", () => {
  const [frame = "", ...others] = priceFrames(changeOf(new Book(), 0, [aQuote()]).entries);
  assert.deepEqual(others, []);
  assert.deepEqual(JSON.parse(frame), {
    topic: "prices",
    payload: { symbol: "A", source: "x", price: 1, timestamp: 100, time: 100_000 },
  });
});
