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

Deno.test("HighWater.writable() goes by a mark that has fallen, and by the old one when it is back", () => {
  const wire = new Wire();
  const sendMark = { bytes: 100 };
  const highWater = new HighWater(wire, { ...LIMITS, sendMark });
  wire.bufferedAmount = 50;
  assert.equal(highWater.writable(0), true);
  sendMark.bytes = 10;
  assert.equal(highWater.writable(0), false);
  sendMark.bytes = 100;
  assert.equal(highWater.writable(0), true);
});

Deno.test("HighWater.overdue() lets a client below its own mark go on that takes something in time", () => {
  // When the mark fell, what had been sent before would have had to be read within one deadline.
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } });
  for (let step = 0; step < 5; step += 1) {
    wire.bufferedAmount = 99 - step;
    assert.equal(highWater.overdue(900 * step), false);
  }
  assert.equal(highWater.overdue(3600 + 1001), true);
});

Deno.test("HighWater.overdue() holds a client above its own mark to the deadline, whatever it takes", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } });
  wire.bufferedAmount = 200;
  assert.equal(highWater.overdue(0), false);
  wire.bufferedAmount = 150;
  assert.equal(highWater.overdue(1001), true);
});

Deno.test("HighWater.overrun leaves room for one more fallen mark above what waits already", () => {
  // A page of history or a chunk of a snapshot may be larger than twice a mark that has fallen: who was
  // sent one, and asked for something while reading it, would have been dropped for it.
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } });
  wire.bufferedAmount = 80;
  assert.equal(highWater.overrun, false);
  wire.bufferedAmount = 90;
  assert.equal(highWater.overrun, false);
  wire.bufferedAmount = 91;
  assert.equal(highWater.overrun, true);
  wire.bufferedAmount = 70;
  assert.equal(highWater.overrun, false);
  wire.bufferedAmount = 81;
  assert.equal(highWater.overrun, true);
});

Deno.test("HighWater.overrun forgets what waited once the transport has drained", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } });
  wire.bufferedAmount = 20;
  assert.equal(highWater.overrun, false);
  wire.bufferedAmount = 9;
  assert.equal(highWater.writable(0), true);
  wire.bufferedAmount = 80;
  assert.equal(highWater.overrun, false);
});

Deno.test("HighWater.overrun leaves the room that was asked for beside that", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } }, 50);
  wire.bufferedAmount = 20;
  assert.equal(highWater.overrun, false);
  wire.bufferedAmount = 80;
  assert.equal(highWater.overrun, false);
  wire.bufferedAmount = 81;
  assert.equal(highWater.overrun, true);
});

Deno.test("HighWater.flooded begins beyond twice the mark that was configured", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } });
  wire.bufferedAmount = 200;
  assert.equal(highWater.flooded, false);
  wire.bufferedAmount = 201;
  assert.equal(highWater.flooded, true);
});

Deno.test("HighWater.flooded holds nothing against a client that was handed over just now", () => {
  // It counted from the first frame of a batch, and the last one ended a client that reads.
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } });
  wire.bufferedAmount = 12;
  assert.equal(highWater.flooded, false);
  wire.bufferedAmount = 80;
  assert.equal(highWater.overrun, false);
});

Deno.test("HighWater.flooded sees that a client has taken what waited", () => {
  const wire = new Wire();
  const highWater = new HighWater(wire, { ...LIMITS, sendMark: { bytes: 10 } });
  wire.bufferedAmount = 12;
  assert.equal(highWater.overdue(0), false);
  wire.bufferedAmount = 0;
  assert.equal(highWater.flooded, false);
  wire.bufferedAmount = 80;
  assert.equal(highWater.overdue(1001), false);
  assert.equal(highWater.overrun, false);
});
