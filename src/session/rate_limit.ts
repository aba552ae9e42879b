/** What a rate limit allows. */
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

  /** Takes one token. Returns whether there was one. */
  take(nowMs: number): boolean {
    const { perSecondMax, burstMax } = this.#options;
    const passedMs = nowMs - (this.#filledAtMs ?? nowMs);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#tokens + passedMs * perSecondMax / 1000, burstMax);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
