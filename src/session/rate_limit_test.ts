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
