import assert from "node:assert/strict";
import { numberedBatch } from "../../tests/support/numbered_batch.ts";
import type { RingTask } from "../../tests/support/ring_writer.ts";
import { withDeadline } from "../lifecycle.ts";
import { BatchRing } from "./batch_ring.ts";
import type { Batch, BatchNotice } from "./envelope.ts";

/** One number for the floor, and room for a few small batches. */
const MEMORY_BYTES = 8 + 1000;

Deno.test("BatchRing.read() gives another isolate's view what was written", () => {
  const ring = new BatchRing();
  const batches = [numberedBatch(1, 3), { ...numberedBatch(2, 1), names: ["AAPL", "sim"] }];
  const notices = batches.map((batch) => ring.write(batch));
  const reader = new BatchRing(ring.memory);
  assert.deepEqual(notices.map((notice) => reader.read(notice)), batches);
});

Deno.test("BatchRing.read() gives nothing of what has been overwritten, all round the ring", () => {
  const ring = new BatchRing(new SharedArrayBuffer(MEMORY_BYTES));
  const batches: Batch[] = [];
  const notices: BatchNotice[] = [];
  for (let seq = 1; seq <= 500; seq += 1) {
    batches.push(numberedBatch(seq, 1 + seq % 7));
    notices.push(...batches.slice(-1).map((batch) => ring.write(batch)));
    const read = notices.map((notice) => ring.read(notice));
    const oldest = read.findIndex((one) => one !== undefined);
    assert.ok(seq < 20 || oldest > seq - 20, "a small ring keeps few");
    assert.ok(oldest >= 0, "the newest can always be read");
    assert.deepEqual(read.slice(oldest), batches.slice(oldest));
  }
});

Deno.test("BatchRing.write() refuses a batch that is larger than the ring", () => {
  const ring = new BatchRing(new SharedArrayBuffer(MEMORY_BYTES));
  assert.throws(() => ring.write(numberedBatch(1, 100)), {
    name: "RangeError",
    message: "Cannot write a batch: must be at most 1000 bytes, is 5304",
  });
});

Deno.test("BatchRing.read() never gives a torn batch while another isolate writes", async () => {
  const memory = new SharedArrayBuffer(8 + 4000);
  const [batches, quotesMax] = [20_000, 20];
  const worker = new Worker(new URL("../../tests/support/ring_writer.ts", import.meta.url), {
    type: "module",
    name: "ring writer",
  });
  const reader = new BatchRing(memory);
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let [whole, gone] = [0, 0];
  worker.onerror = (event) => reject(new Error(event.message));
  worker.onmessage = ({ data: notice }: MessageEvent<BatchNotice>) => {
    const batch = reader.read(notice);
    if (batch === undefined) gone += 1;
    else whole += 1;
    try {
      const { seq } = notice;
      if (batch !== undefined) assert.deepEqual(batch, numberedBatch(seq, 1 + seq % quotesMax));
    } catch (error) {
      reject(error);
    }
    if (notice.seq === batches) resolve();
  };
  try {
    worker.postMessage({ memory, batches, quotesMax } satisfies RingTask);
    await withDeadline(done, 60_000, "read all batches");
  } finally {
    worker.terminate();
  }
  assert.equal(whole + gone, batches);
  assert.ok(whole > 0);
});
