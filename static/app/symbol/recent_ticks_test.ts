/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { ClientQuote } from "../../../src/client/client_quote.ts";
import { RecentTicks, TICKS_MAX } from "./recent_ticks.ts";

function quote(price: number, previousPrice?: number, history: number[] = []): ClientQuote {
  return {
    symbol: "A",
    source: "x",
    price,
    timestamp: price,
    timeMs: 0,
    open: 1,
    previousPrice,
    history: history.map((past) => ({ timestamp: past, price: past })),
  };
}

Deno.test("RecentTicks begins with the past, once, and puts the newest first", () => {
  const ticks = new RecentTicks();
  ticks.seed([quote(3, 2, [1, 2, 3])]);
  ticks.add([quote(5, 3)]);
  ticks.seed([quote(5, 3, [3, 5])]);
  assert.deepEqual(ticks.list.value.map(({ price, change }) => [price, change]), [
    [5, 2],
    [3, 1],
    [2, 1],
    [1, undefined],
  ]);
});

Deno.test("RecentTicks keeps so many, each with a number of its own", () => {
  const ticks = new RecentTicks();
  for (let price = 1; price <= 500; price += 1) ticks.add([quote(price)]);
  const list = ticks.list.value;
  assert.equal(list.length, TICKS_MAX);
  assert.equal(list[0]?.price, 500);
  assert.equal(new Set(list.map(({ number }) => number)).size, TICKS_MAX);
});
