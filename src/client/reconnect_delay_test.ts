import assert from "node:assert/strict";
import fc from "fast-check";
import { ReconnectDelay } from "./reconnect_delay.ts";

const ALMOST_ONE = 0.999_999;

Deno.test("ReconnectDelay.nextMs() draws from a window that doubles from 500 ms to 10 s", () => {
  const backoff = new ReconnectDelay(() => ALMOST_ONE);
  const delaysMs = Array.from({ length: 8 }, () => backoff.nextMs());
  assert.deepEqual(delaysMs, [499, 999, 1999, 3999, 7999, 9999, 9999, 9999]);
});

Deno.test("ReconnectDelay.nextMs() may draw 0 at any attempt", () => {
  const backoff = new ReconnectDelay(() => 0);
  assert.deepEqual(Array.from({ length: 4 }, () => backoff.nextMs()), [0, 0, 0, 0]);
});

Deno.test("ReconnectDelay.nextMs() keeps its cap after a thousand attempts", () => {
  const backoff = new ReconnectDelay(() => ALMOST_ONE);
  for (let attempt = 0; attempt < 1000; attempt++) backoff.nextMs();
  assert.equal(backoff.nextMs(), 9999);
});

Deno.test("ReconnectDelay.nextMs() brings everybody back within 10 s, however long a server was away", () => {
  // The window grew to 20 s, so the last of 200 clients came 23 s after the server, where 20 s are promised.
  const awayMs = fc.integer({ min: 0, max: 600_000 });
  const draws = fc.infiniteStream(fc.double({ min: 0.01, max: ALMOST_ONE, noNaN: true }));
  fc.assert(
    fc.property(awayMs, draws, (awayMs, draws) => {
      const delay = new ReconnectDelay(() => draws.next().value);
      let atMs = 0;
      while (atMs < awayMs) atMs += delay.nextMs();
      assert.ok(atMs <= awayMs + 10_000, `${atMs - awayMs} ms after the server`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("ReconnectDelay.reset() starts over with the shortest window", () => {
  const backoff = new ReconnectDelay(() => ALMOST_ONE);
  for (let attempt = 0; attempt < 5; attempt++) backoff.nextMs();
  backoff.reset();
  assert.equal(backoff.attempts, 0);
  assert.equal(backoff.nextMs(), 499);
});

Deno.test("ReconnectDelay.advise() is a floor for the next wait alone, with the jitter on top", () => {
  const backoff = new ReconnectDelay(() => ALMOST_ONE);
  backoff.advise(3000);
  assert.equal(backoff.nextMs(), 3499);
  assert.equal(backoff.nextMs(), 999);
});

Deno.test("ReconnectDelay.advise() does not let a server send clients away for an hour", () => {
  const backoff = new ReconnectDelay(() => 0);
  backoff.advise(3_600_000);
  assert.equal(backoff.nextMs(), 60_000);
});

Deno.test("ReconnectDelay.reset() keeps the advice, which comes while a connection still works", () => {
  // A server that drains speaks on until it closes, and its next heartbeat wiped out what it had advised.
  const backoff = new ReconnectDelay(() => 0);
  backoff.advise(3000);
  backoff.reset();
  assert.equal(backoff.nextMs(), 3000);
});
