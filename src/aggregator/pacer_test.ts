import assert from "node:assert/strict";
import { Pacer } from "./pacer.ts";

Deno.test("Pacer.take() gives the first event at once", () => {
  assert.equal(new Pacer(10, 5000).take(5000), 1);
});

Deno.test("Pacer.take() keeps the rate over an hour of irregular calls", () => {
  const pacer = new Pacer(333, 0);
  let taken = 0;
  for (let nowMs = 0; nowMs <= 3_600_000; nowMs += 7 + nowMs % 31) taken += pacer.take(nowMs);
  const expected = 333 * 3600;
  assert.ok(Math.abs(taken - expected) <= 333 * 0.04, `${taken} of ${expected}`);
  assert.equal(pacer.skipped, 0);
});

Deno.test("Pacer.take() makes up for a second of delay at most and counts what it skips", () => {
  const pacer = new Pacer(100, 0);
  pacer.take(0);
  assert.equal(pacer.take(10_000), 100);
  assert.equal(pacer.skipped, 900);
  assert.equal(pacer.take(10_010), 1);
});

Deno.test("Pacer.take() gives one event at a time at rates below one a second", () => {
  const pacer = new Pacer(0.1, 0);
  assert.deepEqual([0, 5000, 10_000, 10_001].map((nowMs) => pacer.take(nowMs)), [1, 0, 1, 0]);
  assert.equal(pacer.skipped, 0);
});

Deno.test("Pacer.waitMs() tells when the next event is due", () => {
  const pacer = new Pacer(0.1, 0);
  pacer.take(0);
  assert.equal(pacer.waitMs(4000), 6000);
  assert.equal(pacer.waitMs(12_000), 0);
});
