/** `Date.now()` leaves out fractions: what seems so much earlier may be later. */
const DATE_STEP_MS = 1;

/**
 * When the publisher last said how the feed is: not when it was heard, which for a busy isolate is much
 * later.
 *
 * Messages bear the time by `Date.now()`, the one clock that isolates share. Each has a
 * `performance.now()` of its own, and `performance.timeOrigin` is what the machine's clock said when the
 * isolate began: once that clock has been set, the next isolate's is off for good (measured on Deno
 * 2.9.6). So the machine's clock tells how long a message was on its way, and nothing else. If it is set
 * in just that time, the word before it counts on; the next comes within half a second. Set back by less
 * than the message waited, it makes that one younger, and none after it.
 *
 * Pure: both times of now are handed in, that of a monotonic clock and that of `Date.now()`.
 */
export class LastWord {
  readonly #begunAtMs: number;
  #saidAtMs: number | undefined;

  /** @param nowMs by the monotonic clock, as everywhere below: silence counts from here until something is heard */
  constructor(nowMs: number) {
    this.#begunAtMs = nowMs;
  }

  /**
   * Takes in that a message was said at `saidAtMs`, by `Date.now()`.
   *
   * @returns whether it is the latest so far; one of a time to come may be anything
   */
  hear(saidAtMs: number, nowMs: number, dateMs: number): boolean {
    const waitedMs = dateMs - saidAtMs;
    const beforeMs = this.#saidAtMs ?? -Infinity;
    if (waitedMs < 0 || nowMs - waitedMs < beforeMs - DATE_STEP_MS) return false;
    this.#saidAtMs = Math.max(beforeMs, nowMs - waitedMs);
    return true;
  }

  /** How long nothing has been said, never below 0. */
  silentMs(nowMs: number): number {
    return nowMs - (this.#saidAtMs ?? this.#begunAtMs);
  }
}
