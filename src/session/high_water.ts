import type { OutboxLimits, Transport } from "./outbox.ts";
import type { SendMark } from "./send_buffers.ts";

/**
 * Watches one transport against the high-water mark: whether it may be sent more, and for how long it may
 * not. All that a session sends MUST be watched by the same one.
 *
 * The mark that is in force may fall while much waits already, which is not the client's doing. So a client
 * between that mark and the one that was configured keeps its place as long as it takes something within
 * each deadline, and has room for one more mark, and what the caller adds to that, above the least
 * that was seen to wait.
 */
export class HighWater {
  readonly #transport: Pick<Transport, "bufferedAmount">;
  readonly #limits: OutboxLimits;
  readonly #mark: SendMark;
  readonly #moreRoomBytes: number;
  #blockedSinceMs: number | undefined;
  /** The least that has waited since the transport was last seen below its mark. */
  #leastBytes: number | undefined;

  /** @param moreRoomBytes room beside one more mark, above what waits while the mark is low */
  constructor(
    transport: Pick<Transport, "bufferedAmount">,
    limits: OutboxLimits,
    moreRoomBytes = 0,
  ) {
    this.#transport = transport;
    this.#limits = limits;
    this.#moreRoomBytes = moreRoomBytes;
    this.#mark = limits.sendMark ?? { bytes: limits.sendBufferBytesMax };
  }

  /** Whether the transport is at or above its mark. */
  get reached(): boolean {
    return this.#transport.bufferedAmount >= this.#mark.bytes;
  }

  /** Whether the transport would be below its mark with so many bytes more. */
  hasRoomFor(bytes: number): boolean {
    return this.#transport.bufferedAmount + bytes < this.#mark.bytes;
  }

  /** Whether the transport is below its mark. Looking is what starts and stops the deadline. */
  writable(nowMs: number): boolean {
    if (this.#isBelow(this.#transport.bufferedAmount)) return true;
    this.#blockedSinceMs ??= nowMs;
    return false;
  }

  /** Whether the transport has been seen at or above its mark for longer than the deadline. */
  overdue(nowMs: number): boolean {
    if (this.writable(nowMs)) return false;
    return nowMs - (this.#blockedSinceMs ?? nowMs) > this.#limits.slowClientDeadlineMs;
  }

  /** Whether the transport is beyond twice the mark that was configured, however low it is now. */
  get flooded(): boolean {
    const bytes = this.#transport.bufferedAmount;
    // Where it counts, what waits is looked at; but it may be of this turn, so counting does not begin here.
    if (this.#leastBytes !== undefined) this.#isBelow(bytes);
    return bytes > 2 * this.#limits.sendBufferBytesMax;
  }

  /**
   * Whether the transport is beyond twice its mark, or while that is low beyond its room. What has to be
   * sent, such as an answer, may go above the mark; a client that makes it go here asks without reading.
   *
   * What was handed over in this turn of the event loop counts, although nobody can have read it. Whoever
   * hands over much at once MUST ask in another turn, and `flooded` before each frame.
   */
  get overrun(): boolean {
    const bytes = this.#transport.bufferedAmount;
    if (this.#isBelow(bytes)) return false;
    const { sendBufferBytesMax } = this.#limits;
    if (bytes > 2 * sendBufferBytesMax) return true;
    const markBytes = this.#mark.bytes;
    const roomBytes = markBytes + this.#moreRoomBytes;
    return markBytes < sendBufferBytesMax && bytes > (this.#leastBytes ?? bytes) + roomBytes;
  }

  /** Notes how much waits. Returns whether it is below the mark. */
  #isBelow(bytes: number): boolean {
    if (bytes < this.#mark.bytes) {
      this.#blockedSinceMs = undefined;
      this.#leastBytes = undefined;
      return true;
    }
    if (this.#leastBytes !== undefined && bytes >= this.#leastBytes) return false;
    const hasTaken = this.#leastBytes !== undefined;
    if (hasTaken && bytes < this.#limits.sendBufferBytesMax) this.#blockedSinceMs = undefined;
    this.#leastBytes = bytes;
    return false;
  }
}
