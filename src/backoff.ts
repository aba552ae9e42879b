/** Bounds of a `Backoff`. */
export interface BackoffOptions {
  /** Ceiling of the first pause. */
  readonly firstMs: number;
  /** Ceiling of every later pause. */
  readonly maxMs: number;
  /** From 0 up to 1. @default {Math.random} */
  readonly random?: () => number;
}

/**
 * Pauses between retries: each is a random part of a ceiling that doubles up to a maximum ("full
 * jitter"), so that clients that failed together do not come back together.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #ceilingMs: number;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#ceilingMs = options.firstMs;
  }

  /** Pauses since the last `reset`. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next pause in milliseconds. */
  nextMs(): number {
    this.#attempts += 1;
    const random = this.#options.random ?? Math.random;
    const pauseMs = random() * this.#ceilingMs;
    this.#ceilingMs = Math.min(this.#ceilingMs * 2, this.#options.maxMs);
    return pauseMs;
  }

  /** To be called after a success: the next pause is a first one again. */
  reset(): void {
    this.#ceilingMs = this.#options.firstMs;
    this.#attempts = 0;
  }
}
