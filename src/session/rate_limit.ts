/** What a rate limit allows, in whatever it counts: messages, or bytes. */
export interface RateLimitOptions {
  /** Kept up for ever. */
  readonly perSecondMax: number;
  /** At once, after a silence. */
  readonly burstMax: number;
}

/** A bucket of tokens that fills at a steady rate: bursts are free, a flood is not. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #filledAtMs: number | undefined;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#tokens = options.burstMax;
  }

  /**
   * Takes tokens, all or none of them. Returns whether there were as many: where there were not, a smaller
   * amount may still be had.
   */
  take(nowMs: number, amount = 1): boolean {
    this.#fill(nowMs);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Whether all that was taken has come back, so that a new one would be the same. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#tokens >= this.#options.burstMax;
  }

  #fill(nowMs: number): void {
    const { perSecondMax, burstMax } = this.#options;
    // A clock that is set back would take away for as long as it was set back.
    const passedMs = Math.max(nowMs - (this.#filledAtMs ?? nowMs), 0);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#tokens + passedMs * perSecondMax / 1000, burstMax);
  }
}
