import assert from "node:assert/strict";
import { Wire } from "../../tests/support/wire.ts";
import { HighWater } from "./high_water.ts";

const LIMITS = { sendBufferBytesMax: 100, slowClientDeadlineMs: 1000 };

Deno.test("HighWater.writable() ends at the mark", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, LIMITS);
  wire.bufferedAmount = 99;
  assert.equal(highWater.writable(0), true);
  wire.bufferedAmount = 100;
  assert.equal(highWater.writable(0), false);
});

Deno.test("HighWater.overdue() says so after the deadline, and begins anew once the transport has drained", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, LIMITS);
  wire.bufferedAmount = 100;
  assert.equal(highWater.overdue(0), false);
  assert.equal(highWater.overdue(1000), false);
  assert.equal(highWater.overdue(1001), true);
  wire.bufferedAmount = 0;
  assert.equal(highWater.overdue(1002), false);
  wire.bufferedAmount = 100;
  assert.equal(highWater.overdue(1003), false);
});

Deno.test("HighWater.overrun begins beyond twice the mark", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, LIMITS);
  wire.bufferedAmount = 200;
  assert.equal(highWater.overrun, false);
  wire.bufferedAmount = 201;
  assert.equal(highWater.overrun, true);
});
