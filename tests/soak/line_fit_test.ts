import assert from "node:assert/strict";
import { slopeOf } from "./line_fit.ts";

Deno.test("slopeOf() is that of the line through the points", () => {
  assert.equal(slopeOf([{ x: 0, y: 5 }, { x: 1, y: 7 }, { x: 3, y: 11 }]), 2);
});

Deno.test("slopeOf() is not led astray by noise to both sides", () => {
  const points = Array.from({ length: 100 }, (_, x) => ({ x, y: 40 + (x % 2) }));
  assert.ok(Math.abs(slopeOf(points)) < 0.001);
});

Deno.test("slopeOf() is 0 where there is no line", () => {
  assert.equal(slopeOf([]), 0);
  assert.equal(slopeOf([{ x: 1, y: 1 }]), 0);
  assert.equal(slopeOf([{ x: 1, y: 1 }, { x: 1, y: 9 }]), 0);
});
