import assert from "node:assert/strict";
import { figure, isMet, median, ratio, spread, type VariantResult } from "./result.ts";

function variant(...samples: number[]): VariantResult {
  const runs = samples.map((cost, index) => ({ round: index + 1, values: { cost }, faults: [] }));
  return { name: "x", runs };
}

function faulty(): VariantResult {
  return {
    name: "x",
    runs: [{ round: 1, values: { cost: 1 }, faults: [] }, {
      round: 2,
      values: { cost: 2 },
      faults: ["a client lacks its last price"],
    }],
  };
}

Deno.test("median() is the middle of all runs", () => {
  assert.equal(median(variant(5, 1, 3), "cost"), 3);
  assert.equal(median(variant(4, 1), "cost"), 2.5);
  assert.deepEqual(spread(variant(5, 1, 3), "cost"), [1, 5]);
});

Deno.test("median() knows no figure of a variant of which one run was wrong", () => {
  assert.equal(median(faulty(), "cost"), undefined);
  assert.equal(median(variant(), "cost"), undefined);
  assert.equal(ratio(variant(1), faulty(), "cost"), undefined);
});

Deno.test("isMet() holds a figure against its bounds, and an unknown one against any", () => {
  assert.equal(isMet(figure("x", ratio(variant(1), variant(2), "cost"), "×", { max: 0.5 })), true);
  assert.equal(isMet(figure("x", 0.6, "×", { max: 0.5 })), false);
  assert.equal(isMet(figure("x", 19, "×", { min: 20 })), false);
  assert.equal(isMet(figure("x", undefined, "×", { max: 1 })), false);
});
