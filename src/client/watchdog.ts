import type { Clock } from "./clock.ts";

const SILENCE_FACTOR = 2.5;
const SILENCE_MS_MIN = 2000;
const SILENCE_MS_MAX = 120_000;
const LATE_TIMER_MS = 1000;
const GRACE_MS = 500;

/**
 * Notices that a connection has gone mute: open, but nothing arrives. TCP alone reports that after
 * minutes, or never.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #onMute: (silentMs: number) => void;
  #silenceMsMax = SILENCE_MS_MIN;
  #heardAtMs = 0;
  #cancel: (() => void) | undefined;

  /** @param onMute called once, with the length of the silence; the watchdog has then stopped */
  constructor(clock: Clock, onMute: (silentMs: number) => void) {
    this.#clock = clock;
    this.#onMute = onMute;
  }

  /** Starts to watch a peer that promised a sign of life every `heartbeatMs`. */
  start(heartbeatMs: number): void {
    this.#silenceMsMax = Math.min(
      Math.max(heartbeatMs * SILENCE_FACTOR, SILENCE_MS_MIN),
      SILENCE_MS_MAX,
    );
    this.hear();
    this.#arm(this.#silenceMsMax);
  }

  /** Notes a sign of life. Cheap: no timer is touched. */
  hear(): void {
    this.#heardAtMs = this.#clock.nowMs();
  }

  /** Judges at once instead of at the next timer: for a machine that wakes up. */
  check(): void {
    if (this.#cancel === undefined) return;
    const silentMs = this.#silentMs();
    if (silentMs >= this.#silenceMsMax) this.#declareMute(silentMs);
  }

  /** Stops watching; harmless when it does not watch. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(delayMs: number): void {
    this.#cancel?.();
    const dueAtMs = this.#clock.nowMs() + delayMs;
    this.#cancel = this.#clock.schedule(() => this.#expire(dueAtMs), delayMs);
  }

  #expire(dueAtMs: number): void {
    const silentMs = this.#silentMs();
    if (silentMs < this.#silenceMsMax) {
      this.#arm(this.#silenceMsMax - silentMs);
    } else if (this.#clock.nowMs() - dueAtMs > LATE_TIMER_MS) {
      // A late timer means that this side was asleep or busy, and what the peer sent meanwhile may still
      // wait to be delivered. Without the grace an overloaded machine would add reconnects to its load.
      this.#arm(GRACE_MS);
    } else {
      this.#declareMute(silentMs);
    }
  }

  #silentMs(): number {
    const nowMs = this.#clock.nowMs();
    // The wall clock was set back: count from now, rather than wait for it to catch up.
    if (nowMs < this.#heardAtMs) this.#heardAtMs = nowMs;
    return nowMs - this.#heardAtMs;
  }

  #declareMute(silentMs: number): void {
    this.stop();
    this.#onMute(silentMs);
  }
}
