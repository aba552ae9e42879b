/** What a test has go wrong in a worker of the kind in `faulty_worker.ts`. */
export type WorkerFault =
  | { readonly kind: "throw" }
  /** It does nothing else for so long. */
  | { readonly kind: "hang"; readonly durationMs: number }
  /** It holds on to so much more of its heap. */
  | { readonly kind: "leak"; readonly bytes: number }
  /** It takes all of its heap, and never gets back to its event loop. */
  | { readonly kind: "exhaust" };

/** What is said to all workers; those with another name are not meant. */
export interface FaultOrder {
  readonly worker: string;
  readonly fault: WorkerFault;
}

/** Where it is said. */
export const FAULT_CHANNEL = "quotewire test fault";

/** Makes a worker of this process go wrong. @param worker name of its isolate */
export function strikeWorker(worker: string, fault: WorkerFault): void {
  const channel = new BroadcastChannel(FAULT_CHANNEL);
  channel.postMessage({ worker, fault } satisfies FaultOrder);
  channel.close();
}
