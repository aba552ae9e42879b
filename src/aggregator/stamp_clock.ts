/**
 * The present second, for prices that come without a time of their own. It never goes back: a price with
 * an earlier stamp than the one before would count as older, and not be shown until the clock has caught
 * up with where it was before it was set back.
 */
export class StampClock {
  #latestSeconds = 0;

  /** Unix seconds. @param nowMs the clock of the machine */
  seconds(nowMs: number = Date.now()): number {
    this.#latestSeconds = Math.max(this.#latestSeconds, Math.floor(nowMs / 1000));
    return this.#latestSeconds;
  }
}
