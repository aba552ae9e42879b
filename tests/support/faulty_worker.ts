/// <reference lib="deno.worker" />
import "../../src/server/worker.ts";

/**
 * A worker as the server runs it, but for one thing: it goes wrong when a test says so, to all workers, on
 * a channel of their own. Messages that name another worker are not for it.
 */

/** What a test says. */
export interface WorkerFault {
  /** Name of the isolate. */
  readonly worker: string;
  readonly fault:
    /** Does nothing else for so long. */
    | { readonly kind: "hang"; readonly durationMs: number }
    /** Holds on to so much more of its heap. */
    | { readonly kind: "leak"; readonly bytes: number };
}

/** Name of the channel. */
export const FAULT_CHANNEL = "quotewire test fault";

const BYTES_PER_NUMBER = 8;
const held: number[][] = [];

new BroadcastChannel(FAULT_CHANNEL).onmessage = ({ data }: MessageEvent<WorkerFault>) => {
  if (self.name !== data.worker) return;
  if (data.fault.kind === "leak") {
    held.push(Array.from({ length: data.fault.bytes / BYTES_PER_NUMBER }, (_, n) => n + 0.5));
    return;
  }
  const endMs = performance.now() + data.fault.durationMs;
  while (performance.now() < endMs);
};
