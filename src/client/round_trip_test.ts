import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { RoundTrip } from "./round_trip.ts";

function start() {
  const clock = new FakeClock();
  let lastId = 0;
  const roundTrip = new RoundTrip(clock, () => ++lastId);
  roundTrip.start();
  clock.advance(1000);
  return { clock, roundTrip, pings: () => lastId };
}

Deno.test("RoundTrip.lastMs is the time from a ping to its pong", () => {
  const { clock, roundTrip } = start();
  assert.equal(roundTrip.lastMs, undefined);
  clock.advance(42);
  roundTrip.pong(1);
  assert.equal(roundTrip.lastMs, 42);
});

Deno.test("RoundTrip.start() pings after a second and every 10 s, until stop()", () => {
  const { clock, roundTrip, pings } = start();
  clock.advance(30_000);
  assert.equal(pings(), 4);
  roundTrip.stop();
  clock.advance(30_000);
  assert.equal(pings(), 4);
});

Deno.test("RoundTrip.pong() does not count the answer to an earlier ping", () => {
  const { clock, roundTrip } = start();
  clock.advance(10_005);
  roundTrip.pong(1);
  assert.equal(roundTrip.lastMs, undefined);
  roundTrip.pong(2);
  assert.equal(roundTrip.lastMs, 5);
});
