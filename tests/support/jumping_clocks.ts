import { followClock, JUMP_MS, setClocks } from "./jumping_clock.ts";
import { swapWorkers } from "./swapped_workers.ts";

/**
 * Preloaded before `main.ts`, sets the clocks of all isolates of the server far ahead on SIGUSR1, and as
 * far back behind the present on SIGUSR2.
 */

let isListening = false;
swapWorkers(new URL("./jumping_worker.ts", import.meta.url), () => {
  // No sooner: what keeps its event loop busy keeps a preloaded module from ending.
  if (isListening) return;
  isListening = true;
  followClock();
  Deno.addSignalListener("SIGUSR1", () => setClocks(JUMP_MS));
  Deno.addSignalListener("SIGUSR2", () => setClocks(-JUMP_MS));
});
