/** Wakes whoever waits for a change of state. A ring that nobody waits for is forgotten. */
export class Bell {
  #waiting: (() => void)[] = [];

  /** Wakes everybody who waits now. */
  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next ring, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== wake);
        resolve();
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(wake);
    });
  }
}
