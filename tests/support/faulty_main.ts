import { hangFile } from "./hang_file.ts";
import { swapWorkers } from "./swapped_workers.ts";

/**
 * Preloaded before `main.ts`, gives the main isolate the means to hang: on SIGUSR1 it does nothing else for
 * as long as its `hangFile` is there.
 */

const LOOK_INTERVAL_MS = 50;

let isListening = false;
swapWorkers(new URL("../../src/server/worker.ts", import.meta.url), () => {
  // No sooner: what keeps its event loop busy keeps a preloaded module from ending.
  if (isListening) return;
  isListening = true;
  Deno.addSignalListener("SIGUSR1", hang);
});

function hang(): void {
  const nobodyWakesIt = new Int32Array(new SharedArrayBuffer(4));
  while (isThere(hangFile(Deno.pid))) Atomics.wait(nobodyWakesIt, 0, 0, LOOK_INTERVAL_MS);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
