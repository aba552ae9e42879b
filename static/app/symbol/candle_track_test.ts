/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { Candle } from "../../../src/price/candle.ts";
import type { AskCandles, CandleRequest } from "./candle_requests.ts";
import { CandleTrack } from "./candle_track.ts";

const SUBJECT = { symbol: "A", source: undefined, interval: "1m" } as const;

function candle(minute: number, price = 1): Candle {
  const time = minute * 60;
  return { time, open: price, high: price, low: price, close: price, count: 1, final: true };
}

/** A server that has these candles, and answers with so many at most. */
function serverOf(candles: Candle[], pageMax = 500) {
  const requests: CandleRequest[] = [];
  const ask: AskCandles = (request) => {
    requests.push(request);
    const { from = -Infinity, before = Infinity, limit } = request;
    const all = candles.filter(({ time }) => time >= from && time < before);
    const page = all.slice(-Math.min(limit, pageMax));
    return Promise.resolve({ candles: page, more: all.length > page.length, coverage: "ready" });
  };
  return { requests, ask };
}

function minutes(track: CandleTrack): number[] {
  return track.series.candles.map(({ time }) => time / 60);
}

Deno.test("CandleTrack.refresh() fills what was missed, over several pages", async () => {
  const candles = [candle(1), candle(2)];
  const { ask, requests } = serverOf(candles, 2);
  const track = new CandleTrack(SUBJECT, ask, () => {});
  await track.refresh();
  candles.push(...[3, 4, 5, 6, 7].map((minute) => candle(minute)));
  // The feed is back before the answer.
  track.add({ timestamp: 7 * 60, price: 3 });
  await track.refresh();
  assert.deepEqual(minutes(track), [1, 2, 3, 4, 5, 6, 7]);
  assert.ok(requests.slice(1).every(({ from }) => from === 0));
});

Deno.test("CandleTrack.refresh() begins anew when too much was missed, and leaves no hole", async () => {
  const candles = [candle(1)];
  const { ask } = serverOf(candles, 2);
  const track = new CandleTrack(SUBJECT, ask, () => {});
  await track.refresh();
  candles.push(...Array.from({ length: 30 }, (_, index) => candle(100 + index)));
  await track.refresh();
  assert.deepEqual(minutes(track), Array.from({ length: 10 }, (_, index) => 120 + index));
  assert.ok(track.hasOlder);
});

// After an outage of the database, rows that a writer sent late never came into an open chart.
Deno.test("CandleTrack.refresh() once a minute reads again what late prices may have changed", async () => {
  const candles = Array.from({ length: 200 }, (_, index) => candle(index));
  const { ask } = serverOf(candles);
  const clock = { nowMs: 0 };
  const track = new CandleTrack(SUBJECT, ask, () => {}, () => clock.nowMs);
  await track.refresh();
  candles[150] = candle(150, 7);
  clock.nowMs = 59_000;
  await track.refresh();
  assert.equal(track.series.candles[150]?.close, 1);
  clock.nowMs = 60_000;
  await track.refresh();
  assert.equal(track.series.candles[150]?.close, 7);
});

Deno.test("CandleTrack.refresh() keeps the prices that came while the answer was on its way", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { ask } = serverOf([candle(1, 5)]);
  const track = new CandleTrack(SUBJECT, async (...request) => {
    const answer = await ask(...request);
    await promise;
    return answer;
  }, () => {});
  const refreshed = track.refresh();
  track.add({ timestamp: 61, price: 9 });
  track.add({ timestamp: 125, price: 8 });
  resolve();
  await refreshed;
  assert.deepEqual(
    track.series.candles.map(({ open, high, close }) => [open, high, close]),
    [[5, 9, 9], [8, 8, 8]],
  );
});

Deno.test("CandleTrack.extend() pages back until there is no more", async () => {
  const { ask } = serverOf([1, 2, 3, 4, 5].map((minute) => candle(minute)), 2);
  const track = new CandleTrack(SUBJECT, ask, () => {});
  await track.refresh();
  assert.deepEqual(minutes(track), [4, 5]);
  while (track.hasOlder) await track.extend();
  assert.deepEqual(minutes(track), [1, 2, 3, 4, 5]);
});

Deno.test("CandleTrack.refresh() leaves the track as it is when the server fails", async () => {
  const { ask } = serverOf([candle(1)]);
  let isAway = false;
  const track = new CandleTrack(
    SUBJECT,
    (...request) => isAway ? Promise.reject(new Error("away")) : ask(...request),
    () => {},
  );
  await track.refresh();
  isAway = true;
  await assert.rejects(track.refresh(), /away/);
  assert.deepEqual(minutes(track), [1]);
  isAway = false;
  await track.refresh();
});
