import { sleep } from "../lifecycle.ts";

const STEP_MS = 20;

/**
 * Does everything once, in order and evenly over `windowMs`; with a window of 0, or once `signal` aborts,
 * all at once.
 */
export async function doPaced(
  acts: readonly (() => void)[],
  windowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const startedAtMs = performance.now();
  let done = 0;
  while (done < acts.length) {
    const elapsedMs = performance.now() - startedAtMs;
    const isOver = elapsedMs >= windowMs || signal.aborted;
    const due = isOver ? acts.length : Math.ceil(acts.length * elapsedMs / windowMs);
    for (const act of acts.slice(done, due)) act();
    done = Math.max(done, due);
    if (done === acts.length) return;
    const nextAtMs = windowMs * done / acts.length;
    await sleep(Math.min(Math.max(STEP_MS, nextAtMs - elapsedMs), windowMs - elapsedMs), signal);
  }
}
