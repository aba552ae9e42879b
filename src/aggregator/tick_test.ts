import assert from "node:assert/strict";
import { type Tick, tickFault } from "./tick.ts";

const good: Tick = { symbol: "AAPL", price: 1.5, source: "x", timestamp: 1_700_000_000 };

Deno.test("tickFault() finds nothing wrong with a price", () => {
  assert.equal(tickFault(good), undefined);
  assert.equal(tickFault({ ...good, symbol: "É".repeat(32) }), undefined);
});

const bad: [string, Partial<Tick>][] = [
  ["an empty symbol", { symbol: "" }],
  ["a symbol of 33 characters", { symbol: "S".repeat(33) }],
  ["a symbol with NUL", { symbol: "A\0" }],
  ["an empty source", { source: "" }],
  ["a source of 33 characters", { source: "s".repeat(33) }],
  ["a price of 0", { price: 0 }],
  ["a negative price", { price: -1 }],
  ["an endless price", { price: Infinity }],
  ["a price that is no number", { price: NaN }],
  ["a fractional timestamp", { timestamp: 1.5 }],
  ["a timestamp beyond safe integers", { timestamp: 2 ** 53 }],
];
for (const [what, change] of bad) {
  Deno.test(`tickFault() names ${what}`, () => {
    assert.match(tickFault({ ...good, ...change }) ?? "", /^(symbol|source|price|timestamp) must /);
  });
}
