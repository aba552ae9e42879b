/** How much of a delay is made up for; what is older is skipped. */
const CATCH_UP_MS_MAX = 1000;

/**
 * Decides how many events are due, so that a rate holds over hours however irregular the timer is: it
 * counts from the start and carries fractions over. After a long delay (a sleeping laptop, a blocked
 * event loop) at most a second's worth is made up for at once; the rest is skipped and counted.
 */
export class Pacer {
  readonly #ratePerMs: number;
  readonly #startMs: number;
  #taken = 0;
  #skipped = 0;

  /** @param nowMs a monotonic time; the first event is due then */
  constructor(ratePerSecond: number, nowMs: number) {
    this.#ratePerMs = ratePerSecond / 1000;
    this.#startMs = nowMs;
  }

  /** Events that never happened because their time had passed. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Number of events that are due now; each call counts them as done. */
  take(nowMs: number): number {
    const due = Math.floor((nowMs - this.#startMs) * this.#ratePerMs) + 1 - this.#taken;
    const count = Math.min(due, Math.ceil(CATCH_UP_MS_MAX * this.#ratePerMs));
    this.#taken += due;
    this.#skipped += due - count;
    return count;
  }

  /** Milliseconds until the next event is due; 0 when one already is. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#startMs + this.#taken / this.#ratePerMs - nowMs);
  }
}
