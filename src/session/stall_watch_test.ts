import assert from "node:assert/strict";
import { Wire } from "../../tests/support/wire.ts";
import { StallWatch } from "./stall_watch.ts";

const STALL_MS_MAX = 1000;

function sendTo(wire: Wire, watch: StallWatch, bytes: number): void {
  wire.bufferedAmount += bytes;
  watch.sent(bytes);
}

Deno.test("StallWatch.stalled() holds when nothing was taken for too long", () => {
  const wire = new Wire();
  const watch = new StallWatch(wire, STALL_MS_MAX);
  sendTo(wire, watch, 100);
  assert.equal(watch.stalled(0), false);
  assert.equal(watch.stalled(1000), false);
  assert.equal(watch.stalled(1001), true);
});

Deno.test("StallWatch.stalled() holds although more is being sent", () => {
  const wire = new Wire();
  const watch = new StallWatch(wire, STALL_MS_MAX);
  for (let nowMs = 0; nowMs <= 1000; nowMs += 500) {
    sendTo(wire, watch, 100);
    assert.equal(watch.stalled(nowMs), false);
  }
  assert.equal(watch.stalled(1500), true);
});

Deno.test("StallWatch.stalled() does not hold for a peer that is slow", () => {
  const wire = new Wire();
  const watch = new StallWatch(wire, STALL_MS_MAX);
  sendTo(wire, watch, 100);
  for (let nowMs = 0; nowMs < 5000; nowMs += 900) {
    wire.bufferedAmount -= 1;
    assert.equal(watch.stalled(nowMs), false);
  }
});

Deno.test("StallWatch.stalled() does not hold for a peer that has everything", () => {
  const wire = new Wire();
  const watch = new StallWatch(wire, STALL_MS_MAX);
  sendTo(wire, watch, 100);
  watch.stalled(0);
  wire.bufferedAmount = 0;
  assert.equal(watch.stalled(60_000), false);
});
