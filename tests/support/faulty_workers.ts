import { fileURLToPath } from "node:url";
import { strikeWorker, type WorkerFault } from "./worker_fault.ts";

/**
 * Preloaded before `main.ts`, gives the server's two workers the means to go wrong: both hang for ever on
 * SIGUSR1, and both run out of heap at once on SIGUSR2.
 */

const FAULTS: readonly (readonly [Deno.Signal, WorkerFault])[] = [
  ["SIGUSR1", { kind: "hang", durationMs: Infinity }],
  ["SIGUSR2", { kind: "exhaust" }],
];

globalThis.Worker = class extends Worker {
  constructor(_: string | URL, options?: WorkerOptions) {
    const permissions = Object(options?.deno?.permissions);
    const read = [...permissions.read, fileURLToPath(new URL("./", import.meta.url))];
    super(new URL("./faulty_worker.ts", import.meta.url), {
      ...options,
      deno: { permissions: { ...permissions, read } },
    });
    // No sooner: what keeps its event loop busy keeps a preloaded module from ending.
    for (const [signal, fault] of FAULTS) {
      Deno.addSignalListener(signal, () => strikeWorker(options?.name ?? "", fault));
    }
  }
};
