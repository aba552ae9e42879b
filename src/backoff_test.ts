import assert from "node:assert/strict";
import { Backoff } from "./backoff.ts";

Deno.test("Backoff.nextMs() doubles its ceiling up to the maximum", () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 500, random: () => 1 });
  assert.deepEqual(Array.from({ length: 5 }, () => backoff.nextMs()), [100, 200, 400, 500, 500]);
});

Deno.test("Backoff.nextMs() pauses for a random part of the ceiling", () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 500, random: () => 0.25 });
  assert.equal(backoff.nextMs(), 25);
});

Deno.test("Backoff.reset() begins anew", () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 500, random: () => 1 });
  backoff.nextMs();
  backoff.reset();
  assert.equal(backoff.nextMs(), 100);
});
