import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { Book } from "../price/book.ts";
import { SharedPrices } from "./shared_prices.ts";

/** A book, and prices of it that take `costMs` to encode. */
function stage(costMs: number) {
  const clock = { nowMs: 0 };
  class SlowBook extends Book {
    override entries() {
      clock.nowMs += costMs;
      return super.entries();
    }
  }
  const book = new SlowBook();
  const feed = () => ({ status: "live", mode: "poll", ageMs: 0 } as const);
  const view = { book, epoch: "e", seq: 0, feed };
  const prices = new SharedPrices(view, () => clock.nowMs);
  const change = (id: number) => {
    view.seq = id;
    book.apply([aQuote({ id, price: id })], id);
  };
  return { prices, clock, view, change };
}

function quotes(bytes: Uint8Array): { price: number; source: string }[] {
  return JSON.parse(`[${new TextDecoder().decode(bytes)}]`);
}

Deno.test("SharedPrices.read() encodes a book that stands still once", () => {
  const { prices, clock, change } = stage(1);
  change(1);
  const first = prices.read();
  clock.nowMs = 1_000_000;
  assert.equal(prices.read(), first);
});

Deno.test("SharedPrices.read() is never older than twenty times the time that it takes to encode", () => {
  const { prices, clock, change } = stage(10);
  change(1);
  const first = prices.read();
  change(2);
  clock.nowMs = 199;
  assert.equal(prices.read(), first);
  assert.equal(first.seq, 1, "the answer says which it is");
  clock.nowMs = 200;
  const second = prices.read();
  assert.equal(second.seq, 2);
  assert.deepEqual(quotes(second.all).map(({ price }) => price), [2]);
});

Deno.test("SharedPrices.read() is never older than a second, however large the book", () => {
  const { prices, clock, change } = stage(500);
  change(1);
  prices.read();
  change(2);
  clock.nowMs = 999;
  assert.equal(prices.read().seq, 1);
  clock.nowMs = 1000;
  assert.equal(prices.read().seq, 2);
});

Deno.test("SharedPrices.read() shows nothing of an epoch that is over", () => {
  const { prices, view, change } = stage(10);
  change(1);
  prices.read();
  view.epoch = "f";
  assert.equal(prices.read().epoch, "f");
});

Deno.test("SharedPrices.read() has each source's quotes in one stretch of the same memory", () => {
  const { prices, view } = stage(0);
  assert.deepEqual(quotes(prices.read().all), []);
  const sources = ["x", "ü", "x", "\ud800"];
  view.seq = 1;
  view.book.apply(
    sources.map((source, id) => aQuote({ id: id + 1, symbol: `S${id}`, price: id + 1, source })),
    1,
  );
  const { all, bySource } = prices.read();
  assert.deepEqual(quotes(all).map(({ price }) => price), [1, 3, 2, 4]);
  const of = (source: string) => bySource.get(source) ?? assert.fail(source);
  assert.deepEqual(quotes(of("x")).map(({ price }) => price), [1, 3]);
  assert.deepEqual(quotes(of("ü")).map(({ price }) => price), [2]);
  assert.deepEqual(quotes(of("\ud800")).map(({ price }) => price), [4]);
  assert.equal(of("ü").buffer, all.buffer);
});
