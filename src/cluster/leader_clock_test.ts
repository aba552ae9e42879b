import assert from "node:assert/strict";
import { LeaderClock } from "./leader_clock.ts";

/** What the leader's clock shows when this server's shows 0. */
const LEADER_MS = 5_000_000;
const MINUTE_MS = 60_000;

/** Hears at `nowMs` what was said so long ago. */
function hear(clock: LeaderClock, nowMs: number, waitedMs: number): number {
  return nowMs - clock.heard(LEADER_MS + nowMs - waitedMs, nowMs);
}

Deno.test("LeaderClock.heard() takes the first word for one of now, as there is nothing to compare with", () => {
  assert.equal(hear(new LeaderClock(), 100, 3000), 0);
});

Deno.test("LeaderClock.heard() counts how much longer than the quickest a word was on its way", () => {
  const clock = new LeaderClock();
  hear(clock, 100, 40);
  hear(clock, 600, 2);
  assert.equal(hear(clock, 1100, 52), 50);
});

Deno.test("LeaderClock.heard() knows what waited while this server was busy, however long that was", () => {
  const clock = new LeaderClock();
  hear(clock, 100, 2);
  assert.equal(hear(clock, 100 + MINUTE_MS, MINUTE_MS - 500), MINUTE_MS - 502);
  assert.equal(hear(clock, 100 + MINUTE_MS, 2002), 2000);
});

Deno.test("LeaderClock.heard() gets used to a way that has become longer, or a clock that has stood still", () => {
  const clock = new LeaderClock();
  for (let nowMs = 0; nowMs < MINUTE_MS; nowMs += 500) hear(clock, nowMs, 2);
  let took = Infinity;
  for (let nowMs = MINUTE_MS; nowMs < 1.5 * MINUTE_MS; nowMs += 500) {
    took = hear(clock, nowMs, 4002);
  }
  assert.equal(took, 0);
});

Deno.test("LeaderClock.heard() is never later than now, though the leader's clock go faster", () => {
  const clock = new LeaderClock();
  for (let nowMs = 0; nowMs < MINUTE_MS; nowMs += 500) {
    assert.ok(hear(clock, nowMs, -nowMs / 1000) >= 0);
  }
});
