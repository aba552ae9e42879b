/// <reference lib="deno.worker" />
import { BatchRing } from "../../src/hub/batch_ring.ts";
import { numberedBatch } from "./numbered_batch.ts";

/** Entry point of an isolate that writes batches into a ring as fast as it can, and announces each. */

/** What it is told. */
export interface RingTask {
  readonly memory: SharedArrayBuffer;
  readonly batches: number;
  readonly quotesMax: number;
}

self.onmessage = ({ data }: MessageEvent<RingTask>) => {
  const ring = new BatchRing(data.memory);
  for (let seq = 1; seq <= data.batches; seq += 1) {
    self.postMessage(ring.write(numberedBatch(seq, 1 + seq % data.quotesMax)));
  }
};
