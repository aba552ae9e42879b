import type { OutboxLimits, Transport } from "./outbox.ts";

/** Watches one transport against the high-water mark: whether it may be sent more, and for how long it may not. */
export class HighWater {
  readonly #transport: Pick<Transport, "bufferedAmount">;
  readonly #limits: OutboxLimits;
  #blockedSinceMs: number | undefined;

  constructor(transport: Pick<Transport, "bufferedAmount">, limits: OutboxLimits) {
    this.#transport = transport;
    this.#limits = limits;
  }

  /** Whether the transport is at or above its mark. */
  get reached(): boolean {
    return this.#transport.bufferedAmount >= this.#limits.sendBufferBytesMax;
  }

  /** Whether the transport is below its mark. Looking is what starts and stops the deadline. */
  writable(nowMs: number): boolean {
    if (!this.reached) {
      this.#blockedSinceMs = undefined;
      return true;
    }
    this.#blockedSinceMs ??= nowMs;
    return false;
  }

  /** Whether the transport has been seen at or above its mark for longer than the deadline. */
  overdue(nowMs: number): boolean {
    if (this.writable(nowMs)) return false;
    return nowMs - (this.#blockedSinceMs ?? nowMs) > this.#limits.slowClientDeadlineMs;
  }

  /**
   * Whether the transport is beyond twice its mark. What has to be sent, such as an answer, may go above
   * the mark; a client that makes it go here asks without reading.
   */
  get overrun(): boolean {
    return this.#transport.bufferedAmount > 2 * this.#limits.sendBufferBytesMax;
  }
}
