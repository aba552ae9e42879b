import { RateLimit, type RateLimitOptions } from "../session/rate_limit.ts";

/** Addresses that are remembered; more than may have sockets, as long as `MAX_SESSIONS` is below. */
const ADDRESSES_MAX = 50_000;

/**
 * One rate limit for each address, whichever of its connections takes from it. An address is forgotten as
 * soon as its limit is as good as new, and before that when 50,000 others have taken since.
 */
export class AddressRates {
  readonly #options: RateLimitOptions;
  readonly #addressesMax: number;
  /** In the order in which they last took. */
  readonly #limits = new Map<string, RateLimit>();

  /** @param addressesMax for tests that do not have as many */
  constructor(options: RateLimitOptions, addressesMax = ADDRESSES_MAX) {
    this.#options = options;
    this.#addressesMax = addressesMax;
  }

  /** How many addresses are remembered. */
  get count(): number {
    return this.#limits.size;
  }

  /** Takes from what an address has left, as `RateLimit.take` does. */
  take(address: string, amount: number, nowMs: number): boolean {
    const limit = this.#limits.get(address) ?? new RateLimit(this.#options);
    const isTaken = limit.take(nowMs, amount);
    this.#limits.delete(address);
    this.#limits.set(address, limit);
    this.#forget(nowMs);
    return isTaken;
  }

  #forget(nowMs: number): void {
    for (const [address, limit] of this.#limits) {
      if (this.#limits.size <= this.#addressesMax && !limit.isFull(nowMs)) return;
      this.#limits.delete(address);
    }
  }
}
