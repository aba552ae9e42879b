/**
 * How long the quickest word is remembered, at least. Clocks of two machines drift apart, by a millisecond
 * in this time at most, and one that was suspended is behind from then on.
 */
const MEMORY_MS = 10_000;

/**
 * Tells by this server's clock when a leader said something, whose own monotonic clock began at any other
 * moment. How far apart the two are, nobody knows, but by no more than the quickest word of late says: it
 * counts as heard at once, and of the others what they took longer.
 */
export class LeaderClock {
  /** By how much this server's clock is ahead, at the most: as words say since `#sinceMs`, and before. */
  #aheadMs = Infinity;
  #aheadBeforeMs = Infinity;
  #sinceMs = -Infinity;

  /**
   * When that was said, by this server's clock: never later than now.
   *
   * @param saidAtMs by the leader's clock
   * @param nowMs by this server's
   */
  heard(saidAtMs: number, nowMs: number): number {
    if (nowMs - this.#sinceMs > MEMORY_MS) {
      this.#aheadBeforeMs = this.#aheadMs;
      this.#aheadMs = Infinity;
      this.#sinceMs = nowMs;
    }
    this.#aheadMs = Math.min(this.#aheadMs, nowMs - saidAtMs);
    return saidAtMs + Math.min(this.#aheadMs, this.#aheadBeforeMs);
  }
}
