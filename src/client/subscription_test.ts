import assert from "node:assert/strict";
import { Subscription } from "./subscription.ts";

Deno.test("Subscription.toWire() states every setting", () => {
  assert.deepEqual(new Subscription({ symbols: ["A", "A", "B"] }).toWire(), {
    symbols: ["A", "B"],
    sources: "*",
    history: 0,
    max_rate_ms: 0,
  });
});

Deno.test("Subscription.matches() looks at symbol and source", () => {
  const subscription = new Subscription({ symbols: ["A"], sources: ["x"] });
  assert.equal(subscription.matches({ symbol: "A", source: "x" }), true);
  assert.equal(subscription.matches({ symbol: "A", source: "y" }), false);
  assert.equal(subscription.matches({ symbol: "B", source: "x" }), false);
  assert.equal(new Subscription({ symbols: "*" }).matches({ symbol: "B", source: "x" }), true);
});

Deno.test("Subscription.with() adds symbols and keeps the other settings", () => {
  const subscription = new Subscription({ symbols: ["A"], history: 10 }).with(["B"]);
  assert.deepEqual(subscription.toWire().symbols, ["A", "B"]);
  assert.equal(subscription.history, 10);
  assert.equal(subscription.with("*").toWire().symbols, "*");
});

Deno.test("Subscription.without() takes symbols out, but not the last one", () => {
  const subscription = new Subscription({ symbols: ["A", "B"] });
  assert.deepEqual(subscription.without(["A"]).toWire().symbols, ["B"]);
  assert.throws(() => subscription.without(["A", "B"]), /symbols must be 1 to 2000, are 0/);
});

Deno.test('Subscription.without() cannot take symbols from "*"', () => {
  assert.throws(() => new Subscription({ symbols: "*" }).without(["A"]), RangeError);
});

Deno.test("Subscription refuses what the protocol's limits refuse", () => {
  const many = Array.from({ length: 2001 }, (_, index) => `S${index}`);
  assert.throws(() => new Subscription({ symbols: many }), /are 2001/);
  assert.throws(() => new Subscription({ symbols: [""] }), /one has 0/);
  assert.throws(() => new Subscription({ symbols: "*", history: 101 }), /is 101/);
  assert.throws(() => new Subscription({ symbols: "*", history: 1.5 }), /is 1.5/);
  assert.throws(() => new Subscription({ symbols: "*", maxRateMs: 60_001 }), /is 60001/);
});
