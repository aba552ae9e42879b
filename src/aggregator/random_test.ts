import assert from "node:assert/strict";
import { Random } from "./random.ts";

Deno.test("Random.uniform() repeats itself for the same seed only", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 100 }, () => random.uniform());
  };
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

Deno.test("Random.uniform() fills each tenth of its range evenly", () => {
  const random = new Random(7);
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i += 1) {
    const tenth = Math.floor(random.uniform() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  assert.equal(tenths.length, 10);
  assert.ok(tenths.every((count) => count > 9500 && count < 10_500), `${tenths}`);
});

Deno.test("Random.normal() has mean 0 and variance 1", () => {
  const random = new Random(7);
  const values = Array.from({ length: 100_000 }, () => random.normal());
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.03, `${mean} ${variance}`);
});

Deno.test("Random.below() reaches both ends and nothing beyond", () => {
  const random = new Random(7);
  const seen = new Set(Array.from({ length: 1000 }, () => random.below(3)));
  assert.deepEqual([...seen].sort(), [0, 1, 2]);
});
