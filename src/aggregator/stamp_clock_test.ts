import assert from "node:assert/strict";
import { StampClock } from "./stamp_clock.ts";

Deno.test("StampClock.seconds() is the present second", () => {
  const before = Math.floor(Date.now() / 1000);
  const seconds = new StampClock().seconds();
  assert.ok(seconds >= before && seconds <= Date.now() / 1000);
  assert.equal(new StampClock().seconds(1999), 1);
});

Deno.test("StampClock.seconds() stands still while a clock that was set back catches up", () => {
  // Prices were stamped an hour earlier than those before them, and nobody saw one for that hour.
  const clock = new StampClock();
  const stamps = [7_200_000, 3_600_000, 7_199_999, 7_201_000].map((nowMs) => clock.seconds(nowMs));
  assert.deepEqual(stamps, [7200, 7200, 7200, 7201]);
});
