import assert from "node:assert/strict";
import { candleTime, INTERVAL_NAMES, INTERVAL_SECONDS } from "./candle.ts";

Deno.test("candleTime() is the begin of the candle, also before 1970", () => {
  assert.equal(candleTime(119, 60), 60);
  assert.equal(candleTime(120, 60), 120);
  assert.equal(candleTime(-1, 60), -60);
});

Deno.test("INTERVAL_NAMES has every interval, shortest first", () => {
  const seconds = INTERVAL_NAMES.map((name) => INTERVAL_SECONDS[name]);
  assert.deepEqual(seconds, Object.values(INTERVAL_SECONDS).toSorted((a, b) => a - b));
});
