import { Backoff } from "../backoff.ts";

const FIRST_WINDOW_MS = 500;
const WINDOW_MS_MAX = 10_000;
const ADVISED_MS_MAX = 60_000;

/** How long to wait before each attempt to reconnect: with full jitter, and as the server advised. */
export class ReconnectDelay {
  readonly #backoff: Backoff;
  #advisedMs: number | undefined;

  /** @param random returns a number from 0 to below 1, as `Math.random` does */
  constructor(random: () => number = Math.random) {
    this.#backoff = new Backoff({ firstMs: FIRST_WINDOW_MS, maxMs: WINDOW_MS_MAX, random });
  }

  /** Attempts since the last `reset`. */
  get attempts(): number {
    return this.#backoff.attempts;
  }

  /** The wait in milliseconds before the next attempt. */
  nextMs(): number {
    const advisedMs = this.#advisedMs ?? 0;
    this.#advisedMs = undefined;
    return advisedMs + Math.floor(this.#backoff.nextMs());
  }

  /** Makes the next wait at least `delayMs`, as the server asked; 60 s at most, whatever it asked. */
  advise(delayMs: number): void {
    this.#advisedMs = Math.min(Math.max(delayMs, 0), ADVISED_MS_MAX);
  }

  /**
   * To be called when a connection has proven itself, not when it has merely opened. Keeps the server's
   * advice, which comes while a connection still works.
   */
  reset(): void {
    this.#backoff.reset();
  }
}
