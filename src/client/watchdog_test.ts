import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { Watchdog } from "./watchdog.ts";

function watch(heartbeatMs: number) {
  const clock = new FakeClock();
  const silences: number[] = [];
  const watchdog = new Watchdog(clock, (silentMs) => silences.push(silentMs));
  watchdog.start(heartbeatMs);
  return { clock, watchdog, silences };
}

Deno.test("Watchdog reports silence after 2.5 heartbeats, once", () => {
  const { clock, silences } = watch(1000);
  clock.advance(2499);
  assert.deepEqual(silences, []);
  clock.advance(60_000);
  assert.deepEqual(silences, [2500]);
});

Deno.test("Watchdog waits at least 2 s, however short the heartbeat", () => {
  const { clock, silences } = watch(10);
  clock.advance(1999);
  assert.deepEqual(silences, []);
  clock.advance(1);
  assert.deepEqual(silences, [2000]);
});

Deno.test("Watchdog waits at most 120 s, whatever heartbeat the server states", () => {
  const { clock, silences } = watch(3_600_000);
  clock.advance(120_000);
  assert.deepEqual(silences, [120_000]);
});

Deno.test("Watchdog.hear() starts the silence over", () => {
  const { clock, watchdog, silences } = watch(1000);
  for (let beat = 0; beat < 10; beat++) {
    clock.advance(2000);
    watchdog.hear();
  }
  assert.deepEqual(silences, []);
  clock.advance(2500);
  assert.deepEqual(silences, [2500]);
});

Deno.test("Watchdog.check() finds the silence that a sleeping machine's timers have not", () => {
  const { clock, watchdog, silences } = watch(1000);
  clock.sleep(3_600_000);
  watchdog.check();
  assert.deepEqual(silences, [3_600_000]);
});

Deno.test("Watchdog.check() says nothing of a connection that spoke just now", () => {
  const { clock, watchdog, silences } = watch(1000);
  clock.advance(1000);
  watchdog.check();
  assert.deepEqual(silences, []);
});

Deno.test("Watchdog gives what has arrived meanwhile half a second when its timer is late", () => {
  const { clock, watchdog, silences } = watch(1000);
  clock.sleep(10_000);
  clock.wake();
  watchdog.hear();
  clock.advance(2000);
  assert.deepEqual(silences, []);
});

Deno.test("Watchdog reports silence after a late timer's grace", () => {
  const { clock, silences } = watch(1000);
  clock.sleep(10_000);
  clock.wake();
  assert.deepEqual(silences, []);
  clock.advance(500);
  assert.deepEqual(silences, [10_500]);
});

Deno.test("Watchdog counts from now on when the wall clock is set back", () => {
  const { clock, silences } = watch(1000);
  clock.sleep(-3_600_000);
  clock.advance(3_600_000 + 2500);
  assert.deepEqual(silences, [2500]);
});

Deno.test("Watchdog.stop() ends the watch", () => {
  const { clock, watchdog, silences } = watch(1000);
  watchdog.stop();
  clock.advance(60_000);
  watchdog.check();
  assert.deepEqual(silences, []);
});
