import type { OutboxLimits, Transport } from "./outbox.ts";

/**
 * Watches one transport against the high-water mark: whether it may be sent more, and for how long it may
 * not. All that a session sends MUST be watched by the same one.
 *
 * The mark that is in force may fall while much waits already, which is not the client's doing. So a client
 * between that mark and the one that was configured keeps its place as long as it takes something within
 * each deadline, and is owed answers worth one more mark beyond what waits for it.
 */
export class HighWater {
  readonly #transport: Pick<Transport, "bufferedAmount">;
  readonly #limits: OutboxLimits;
  #blockedSinceMs: number | undefined;
  /** The least that has waited since the transport was last seen below its mark. */
  #leastBytes = Infinity;

  constructor(transport: Pick<Transport, "bufferedAmount">, limits: OutboxLimits) {
    this.#transport = transport;
    this.#limits = limits;
  }

  /** Whether the transport is at or above its mark. */
  get reached(): boolean {
    return this.#transport.bufferedAmount >= this.#markBytes;
  }

  /** Whether the transport is below its mark. Looking is what starts and stops the deadline. */
  writable(nowMs: number): boolean {
    const markBytes = this.#markBytes;
    if (this.#look(markBytes) < markBytes) return true;
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
    const { sendBufferBytesMax } = this.#limits;
    const markBytes = this.#markBytes;
    const bytes = this.#look(markBytes);
    if (bytes > 2 * sendBufferBytesMax) return true;
    return markBytes < sendBufferBytesMax && bytes > this.#leastBytes + markBytes;
  }

  get #markBytes(): number {
    return this.#limits.sendMark?.bytes ?? this.#limits.sendBufferBytesMax;
  }

  /** Returns what waits. */
  #look(markBytes: number): number {
    const bytes = this.#transport.bufferedAmount;
    if (bytes < markBytes) {
      this.#blockedSinceMs = undefined;
      this.#leastBytes = Infinity;
    } else if (bytes < this.#leastBytes) {
      const hasTaken = this.#leastBytes !== Infinity;
      if (hasTaken && bytes < this.#limits.sendBufferBytesMax) this.#blockedSinceMs = undefined;
      this.#leastBytes = bytes;
    }
    return bytes;
  }
}
