import assert from "node:assert/strict";
import { RateLimit } from "./rate_limit.ts";

const OPTIONS = { perSecondMax: 10, burstMax: 3 };

function taken(limit: RateLimit, times: number, nowMs: number): number {
  return Array.from({ length: times }, () => limit.take(nowMs)).filter(Boolean).length;
}

Deno.test("RateLimit.take() allows a burst and no more", () => {
  assert.equal(taken(new RateLimit(OPTIONS), 10, 0), 3);
});

Deno.test("RateLimit.take() allows the steady rate after a burst", () => {
  const limit = new RateLimit(OPTIONS);
  taken(limit, 10, 0);
  assert.equal(taken(limit, 10, 100), 1);
  assert.equal(taken(limit, 10, 350), 2);
});

Deno.test("RateLimit.take() saves up no more than a burst", () => {
  const limit = new RateLimit(OPTIONS);
  taken(limit, 10, 0);
  assert.equal(taken(limit, 10, 3_600_000), 3);
});

Deno.test("RateLimit.take() takes all of an amount or nothing, and leaves the rest to smaller ones", () => {
  const limit = new RateLimit({ perSecondMax: 100, burstMax: 1000 });
  assert.ok(limit.take(0, 700));
  assert.ok(!limit.take(0, 301));
  assert.ok(limit.take(0, 300));
  assert.ok(!limit.take(9999, 1000));
  assert.ok(limit.take(10_000, 1000));
});

Deno.test("RateLimit.isFull() says when everything has come back", () => {
  const limit = new RateLimit({ perSecondMax: 100, burstMax: 1000 });
  assert.ok(limit.isFull(0));
  limit.take(0, 1000);
  assert.deepEqual([9999, 10_000, 20_000].map((nowMs) => limit.isFull(nowMs)), [false, true, true]);
});

Deno.test("RateLimit.take() is not held up by a clock that is set back", () => {
  // What had passed since the last time counted as negative, and had to pass again.
  const limit = new RateLimit(OPTIONS);
  limit.take(3_600_000);
  assert.equal(limit.take(0), true);
  assert.equal(taken(limit, 10, 0), 1);
});
