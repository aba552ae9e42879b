const FIRST_WINDOW_MS = 500;
const WINDOW_MS_MAX = 20_000;
const ADVISED_MS_MAX = 60_000;

/**
 * How long to wait before each attempt to reconnect: anywhere from 0 to a window that doubles from
 * 500 ms to 20 s. The draw covers the whole window, because clients that lost the same server at the same
 * moment would otherwise come back at the same moment.
 */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;
  #advisedMs: number | undefined;

  /** @param random returns a number from 0 to below 1, as `Math.random` does */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Attempts since the last `reset`. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The wait in milliseconds before the next attempt. */
  nextMs(): number {
    const windowMs = Math.min(FIRST_WINDOW_MS * 2 ** Math.min(this.#attempts, 16), WINDOW_MS_MAX);
    this.#attempts += 1;
    const advisedMs = this.#advisedMs ?? 0;
    this.#advisedMs = undefined;
    return advisedMs + Math.floor(this.#random() * windowMs);
  }

  /** Makes the next wait at least `delayMs`, as the server asked; 60 s at most, whatever it asked. */
  advise(delayMs: number): void {
    this.#advisedMs = Math.min(Math.max(delayMs, 0), ADVISED_MS_MAX);
  }

  /** To be called when a connection has proven itself, not when it has merely opened. */
  reset(): void {
    this.#attempts = 0;
    this.#advisedMs = undefined;
  }
}
