import assert from "node:assert/strict";
import { SharedMetrics } from "../metrics.ts";
import { HELD_UNIT_BYTES, PRESSED_MARK_BYTES, SendBuffers } from "./send_buffers.ts";

const MIB = 1024 * 1024;
const LIMIT = 64 * MIB;
const MARK = MIB;

/** The buffers of two workers that share memory. */
class Workers {
  readonly metrics = new SharedMetrics(2);
  readonly units: number[] = [];
  readonly buffers = [0, 1].map((row) =>
    new SendBuffers({
      sendBufferBytesMax: MARK,
      bytesMax: LIMIT,
      workers: 2,
      metrics: this.metrics,
      counters: this.metrics.writer(row),
      onHeld: (_address, units) => this.units.push(units),
    })
  );
  readonly first = this.#at(0);
  readonly second = this.#at(1);

  /** A worker counts, and finds that so much waits. */
  count(row: number, bytes: number): void {
    this.metrics.writer(row).set("buffered_bytes_chat", bytes);
    this.#at(row).counted();
  }

  #at(row: number): SendBuffers {
    const buffers = this.buffers[row];
    if (buffers === undefined) throw new RangeError(`Cannot find worker ${row}`);
    return buffers;
  }
}

Deno.test("SendBuffers.mark falls when all workers together are near the limit, and rises at half of it", () => {
  const workers = new Workers();
  workers.count(0, LIMIT / 2);
  workers.count(1, LIMIT / 2);
  assert.equal(workers.first.mark.bytes, MARK);
  assert.equal(workers.second.mark.bytes, PRESSED_MARK_BYTES);
  workers.count(0, LIMIT / 2);
  assert.equal(workers.first.mark.bytes, PRESSED_MARK_BYTES);
  workers.count(1, 0);
  assert.equal(workers.second.mark.bytes, PRESSED_MARK_BYTES, "at half of the limit it stays down");
  workers.count(0, LIMIT / 2 - 1);
  assert.equal(workers.first.mark.bytes, MARK);
});

Deno.test("SendBuffers.due says so before the workers can have passed the limit together", () => {
  const { first, metrics } = new Workers();
  const room = LIMIT / 8 / 2;
  first.counted();
  assert.equal(first.due, false);
  metrics.writer(1).add("bytes_sent_feed", LIMIT);
  assert.equal(first.due, false, "what another worker sends, it counts");
  metrics.writer(0).add("bytes_sent_feed", room / 2);
  metrics.writer(0).add("bytes_sent_echo", room / 2 - 1);
  assert.equal(first.due, false);
  metrics.writer(0).add("bytes_sent_echo", 1);
  assert.equal(first.due, true);
  first.counted();
  assert.equal(first.due, false);
});

Deno.test("SendBuffers.mark is low before the limit is passed, however little has been counted", () => {
  const workers = new Workers();
  workers.count(0, LIMIT - LIMIT / 8);
  assert.equal(workers.first.mark.bytes, PRESSED_MARK_BYTES);
});

Deno.test("SendBuffers.full begins at twice the limit", () => {
  const workers = new Workers();
  workers.count(0, 2 * LIMIT - 1);
  assert.equal(workers.first.full, false);
  workers.count(0, 2 * LIMIT);
  assert.equal(workers.first.full, true);
});

Deno.test("SendBuffers.isGreedy() calls nobody greedy while there is room for all", () => {
  const workers = new Workers();
  const share = LIMIT / 8 / HELD_UNIT_BYTES;
  assert.equal(workers.first.isGreedy(share), false);
  workers.count(0, LIMIT);
  assert.equal(workers.first.isGreedy(share - 1), false);
  assert.equal(workers.first.isGreedy(share), true);
});

Deno.test("SendBuffers.moved() counts whole units for an address, and nothing below one", () => {
  const { first, units } = new Workers();
  first.moved("203.0.113.9", 0, HELD_UNIT_BYTES - 1);
  first.moved("203.0.113.9", HELD_UNIT_BYTES - 1, 3 * HELD_UNIT_BYTES);
  first.moved("203.0.113.9", 3 * HELD_UNIT_BYTES, 0);
  assert.deepEqual(units, [3, -3]);
});
