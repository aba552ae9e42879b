/** As long as the longest reads may take. */
const GRANTED_MS_MAX = 32_000;

/**
 * Decides whether a pool is given up when a query passes its deadline while others run in it that may take
 * longer. It may be mute, and then it has to go at once. Or the machine is overloaded: then the others
 * would be ended each time before they are done, and the feed's first read never succeeds. So each time
 * that it costs others their answer the next pool gets twice the time, until one that may take as long as
 * the longest of them ends well.
 */
export class Patience {
  #grantedMs = 0;
  /** The longest deadline of those that lost their answer. */
  #longestMs = 0;
  #silentSinceMs: number | undefined;

  /** A query has got its answer. */
  answered(deadlineMs: number): void {
    this.#silentSinceMs = undefined;
    if (deadlineMs < this.#longestMs) return;
    this.#grantedMs = 0;
    this.#longestMs = 0;
  }

  /**
   * A query has passed its deadline. Returns whether its pool MUST be given up.
   *
   * @param longestMs the longest deadline of those that run in it, this one among them
   */
  isOver(deadlineMs: number, longestMs: number): boolean {
    const nowMs = performance.now();
    const sinceMs = this.#silentSinceMs ?? nowMs - deadlineMs;
    const isCostly = longestMs > deadlineMs;
    if (isCostly && nowMs - sinceMs < this.#grantedMs) {
      this.#silentSinceMs = sinceMs;
      return false;
    }
    this.#silentSinceMs = undefined;
    if (isCostly) {
      this.#longestMs = Math.max(this.#longestMs, longestMs);
      this.#grantedMs = Math.min(2 * Math.max(this.#grantedMs, deadlineMs), GRANTED_MS_MAX);
    }
    return true;
  }
}
