import assert from "node:assert/strict";
import { Wire } from "../../tests/support/wire.ts";
import type { CloseCode } from "../session/close_codes.ts";
import { TalkOutlet } from "./talk_outlet.ts";

const LOW_MARK_BYTES = 65_536;
const SEND_BUFFER_BYTES_MAX = 16 * 1024 * 1024;
const FILE_BYTES = 60_000;
const BATCH_BYTES = 512 * 1024;

/** A wire whose bytes wait until the test takes them. */
class SlowWire extends Wire {
  override send(frame: string): void {
    super.send(frame);
    this.bufferedAmount += frame.length;
  }
}

function pressed(): { wire: SlowWire; outlet: TalkOutlet; closes: number[] } {
  const wire = new SlowWire();
  const closes: number[] = [];
  const limits = {
    sendBufferBytesMax: SEND_BUFFER_BYTES_MAX,
    sendMark: { bytes: LOW_MARK_BYTES },
    slowClientDeadlineMs: 1000,
    idleTimeoutMs: 30_000,
  };
  const end = ({ code }: CloseCode) => void closes.push(code);
  return { wire, outlet: new TalkOutlet(wire, limits, end), closes };
}

function sendBatch(outlet: TalkOutlet): void {
  const file = "x".repeat(FILE_BYTES);
  for (let bytes = FILE_BYTES; bytes <= BATCH_BYTES; bytes += FILE_BYTES) outlet.send(file);
}

Deno.test("TalkOutlet keeps a client that reads, while the mark is low, whatever one turn brings", () => {
  // A batch reaches the socket before anything of it can be read: its third file ended the client.
  const { wire, outlet, closes } = pressed();
  for (let nowMs = 0; nowMs < 5000; nowMs += 20) {
    sendBatch(outlet);
    sendBatch(outlet);
    sendBatch(outlet);
    outlet.watch(nowMs);
    wire.bufferedAmount = 0;
  }
  assert.deepEqual(closes, []);
});

Deno.test("TalkOutlet keeps a client that has a batch to read when the next one comes", () => {
  const { wire, outlet, closes } = pressed();
  sendBatch(outlet);
  outlet.watch(0);
  wire.bufferedAmount -= FILE_BYTES;
  sendBatch(outlet);
  outlet.watch(20);
  assert.deepEqual(closes, []);
});

Deno.test("TalkOutlet lets go, while the mark is low, who does not read one batch and gets two more", () => {
  const { outlet, closes } = pressed();
  for (let nowMs = 0; nowMs < 60; nowMs += 20) {
    assert.deepEqual(closes, []);
    sendBatch(outlet);
    outlet.watch(nowMs);
  }
  assert.deepEqual(closes, [4008]);
});

Deno.test("TalkOutlet lets go at once who does not read twice the mark that was configured", () => {
  const { wire, outlet, closes } = pressed();
  while (closes.length === 0 && wire.bufferedAmount < 3 * SEND_BUFFER_BYTES_MAX) sendBatch(outlet);
  assert.equal(closes[0], 4008);
  assert.ok(wire.bufferedAmount <= 2 * SEND_BUFFER_BYTES_MAX + BATCH_BYTES + FILE_BYTES);
});
