import type { Clock } from "./clock.ts";

/** What is put off, until it is due or all of it is given up. */
export class Pauses {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();

  /** @param clock says when something is due */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a task once, unless `end` or what it returns is called before. */
  later(task: () => void, delayMs: number): () => void {
    const cancel = this.#clock.schedule(() => {
      this.#cancels.delete(cancel);
      task();
    }, delayMs);
    this.#cancels.add(cancel);
    return () => {
      cancel();
      this.#cancels.delete(cancel);
    };
  }

  /** Gives up all that is put off. */
  end(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
