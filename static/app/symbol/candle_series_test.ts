/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { Candle } from "../../../src/price/candle.ts";
import { CandleSeries } from "./candle_series.ts";

function candle(time: number, close: number): Candle {
  return { time, open: close, high: close, low: close, close, count: 1, final: true };
}

Deno.test("CandleSeries.add() grows the last candle, and begins the next", () => {
  const series = new CandleSeries(60);
  series.merge([candle(60, 5)]);
  assert.equal(series.add({ timestamp: 119, price: 7 }), "last");
  assert.equal(series.add({ timestamp: 119, price: 4 }), "last");
  assert.equal(series.add({ timestamp: 120, price: 6 }), "last");
  assert.deepEqual(series.candles, [
    { time: 60, open: 5, high: 7, low: 4, close: 4, count: 3, final: true },
    { time: 120, open: 6, high: 6, low: 6, close: 6, count: 1, final: false },
  ]);
});

Deno.test("CandleSeries.add() never puts an older price behind a newer one", () => {
  const series = new CandleSeries(60);
  series.merge([candle(60, 5), candle(180, 6)]);
  assert.equal(series.add({ timestamp: 61, price: 9 }), "past");
  assert.equal(series.add({ timestamp: 130, price: 7 }), "past");
  assert.equal(series.add({ timestamp: 1, price: 8 }), "none");
  assert.deepEqual(series.candles.map(({ time, high, close }) => [time, high, close]), [
    [60, 9, 5],
    [120, 7, 7],
    [180, 6, 6],
  ]);
});

Deno.test("CandleSeries.merge() takes the server's word", () => {
  const series = new CandleSeries(60);
  series.add({ timestamp: 60, price: 5 });
  assert.equal(series.merge([candle(60, 8)]), "last");
  assert.equal(series.merge([candle(0, 1), candle(60, 9)]), "past");
  assert.deepEqual(series.candles, [candle(0, 1), candle(60, 9)]);
  assert.equal(series.merge([]), "none");
});

Deno.test("CandleSeries holds so many candles, the newest", () => {
  const series = new CandleSeries(1, 10);
  series.merge(Array.from({ length: 10 }, (_, time) => candle(time, 1)));
  assert.ok(series.isFull);
  assert.equal(series.add({ timestamp: 10, price: 2 }), "past");
  assert.deepEqual([series.first?.time, series.last?.time], [1, 10]);
  for (let timestamp = 11; timestamp < 1000; timestamp += 1) series.add({ timestamp, price: 1 });
  assert.ok(series.candles.length <= 10);
});
