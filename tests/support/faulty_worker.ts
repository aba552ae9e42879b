/// <reference lib="deno.worker" />
import "../../src/server/worker.ts";
import { FAULT_CHANNEL, type FaultOrder, type WorkerFault } from "./worker_fault.ts";

/** A worker as the server runs it, but for one thing: it goes wrong when a test says so. */

const CHUNK_BYTES = 1_000_000;
const BYTES_PER_NUMBER = 8;
const held: number[][] = [];

new BroadcastChannel(FAULT_CHANNEL).onmessage = ({ data }: MessageEvent<FaultOrder>) => {
  if (self.name === data.worker) goWrong(data.fault);
};

function goWrong(fault: WorkerFault): void {
  switch (fault.kind) {
    case "throw":
      setTimeout(() => {
        throw new Error("thrown by a test");
      });
      return;
    case "hang": {
      const endMs = performance.now() + fault.durationMs;
      while (performance.now() < endMs);
      return;
    }
    case "leak":
      for (let bytes = 0; bytes < fault.bytes; bytes += CHUNK_BYTES) hold();
      return;
    case "exhaust":
      for (;;) hold();
  }
}

/** Filled by V8 itself: number by number a busy machine took longer than the pool lets a worker hang. */
function hold(): void {
  held.push(new Array<number>(CHUNK_BYTES / BYTES_PER_NUMBER).fill(0.5));
}
