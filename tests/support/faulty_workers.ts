import { swapWorkers } from "./swapped_workers.ts";
import { strikeWorker, type WorkerFault } from "./worker_fault.ts";

/**
 * Preloaded before `main.ts`, gives the server's two workers the means to go wrong: both hang for ever on
 * SIGUSR1, and both run out of heap at once on SIGUSR2.
 */

const FAULTS: readonly (readonly [Deno.Signal, WorkerFault])[] = [
  ["SIGUSR1", { kind: "hang", durationMs: Infinity }],
  ["SIGUSR2", { kind: "exhaust" }],
];

swapWorkers(new URL("./faulty_worker.ts", import.meta.url), (worker) => {
  // No sooner: what keeps its event loop busy keeps a preloaded module from ending.
  for (const [signal, fault] of FAULTS) {
    Deno.addSignalListener(signal, () => strikeWorker(worker, fault));
  }
});
