/** Time as the client sees it; injected, so that tests decide what time it is. */
export interface Clock {
  /** Wall clock in milliseconds since the unix epoch. It goes on while a laptop sleeps; timers do not. */
  nowMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it and may be called at any time. */
  schedule(task: () => void, delayMs: number): () => void;
}

/** The real time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  schedule(task, delayMs) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
