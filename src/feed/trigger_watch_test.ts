import assert from "node:assert/strict";
import { LogRecords } from "../../tests/support/log_records.ts";
import { FeedHealth } from "./health.ts";
import { watchTrigger } from "./trigger_watch.ts";

/** Of the 2 s that docs/reliability.md promises, less what the feed takes to announce its status. */
const TOLD_WITHIN_MS = 1750;
const LONG_MS = 60_000;

/** Runs the watch in a time of its own until `isOver`; the store is asked for whether there is a trigger. */
async function watch(
  find: (nowMs: number) => boolean,
  health: FeedHealth,
  isOver: (nowMs: number) => boolean,
): Promise<void> {
  const ended = new AbortController();
  let nowMs = 0;
  const pause = (durationMs: number) => {
    if (isOver(nowMs)) ended.abort();
    nowMs += durationMs;
    return Promise.resolve();
  };
  const store = { announcesInserts: () => new Promise<boolean>((done) => done(find(nowMs))) };
  await watchTrigger(store, health, ended.signal, pause);
}

function liveHealth(): FeedHealth {
  const health = new FeedHealth("listen", LONG_MS, 0);
  health.readStarted(0);
  health.readSucceeded();
  health.pulseReturned(0, false);
  return health;
}

// It looked every 5 s, so prices that came late were called live for up to 4.9 s, where 2 s are promised.
Deno.test("watchTrigger() tells of a trigger that is dropped as soon as is promised", async () => {
  for (let droppedAtMs = 1; droppedAtMs < 10_000; droppedAtMs += 333) {
    const health = liveHealth();
    let toldAtMs = LONG_MS;
    await watch((nowMs) => nowMs < droppedAtMs, health, (nowMs) => {
      const isTold = health.status(nowMs).status === "delayed";
      if (isTold) toldAtMs = nowMs;
      return isTold || nowMs >= LONG_MS;
    });
    const tookMs = toldAtMs - droppedAtMs;
    assert.ok(tookMs <= TOLD_WITHIN_MS, `dropped at ${droppedAtMs} ms, told ${tookMs} ms after`);
  }
});

// With a look every second, each failed one of an outage would log a line.
Deno.test("watchTrigger() logs once in a row that it cannot look, and leaves the status alone", async () => {
  await using records = await LogRecords.keep();
  const health = liveHealth();
  const find = (nowMs: number) => {
    if (nowMs >= 20_000 && nowMs < 30_000) return true;
    throw new Error("away");
  };
  await watch(find, health, (nowMs) => nowMs >= 40_000);
  assert.equal(health.status(0).status, "live");
  assert.equal(records.of("feed_trigger_unknown").length, 2);
});
