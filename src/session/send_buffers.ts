import { logger } from "../log.ts";
import { BUFFERED_BYTES, ENDPOINTS } from "../metric_names.ts";
import type { MetricWriter, SharedMetrics } from "../metrics.ts";

/** The high-water mark that is in force. */
export interface SendMark {
  readonly bytes: number;
}

/** What send buffers are held against. */
export interface SendBuffersOptions {
  /** The mark of one socket while there is room for all. */
  readonly sendBufferBytesMax: number;
  /** What may wait in the sockets of all workers together before the mark falls. */
  readonly bytesMax: number;
  readonly workers: number;
  readonly metrics: SharedMetrics;
  /** Counts of this worker. */
  readonly counters: MetricWriter;
  /** Hears by how much what waits for an address has changed, in units of `HELD_UNIT_BYTES`. */
  onHeld?(address: string, units: number): void;
}

/** The mark when too much waits in all sockets together. */
export const PRESSED_MARK_BYTES = 65_536;
/** What one socket holds less of counts for nobody's address, so that counting costs nothing of those that read. */
export const HELD_UNIT_BYTES = 65_536;
/** Part of the limit that may be handed over, by all workers together, before they have counted again. */
const UNCOUNTED_SHARE = 1 / 8;
/** Part of the limit below which the mark rises again. */
const EASED_SHARE = 1 / 2;
/** Beyond so many times the limit nobody new is let in. */
const FULL_FACTOR = 2;
/** Part of the limit that may wait for one address. */
const ADDRESS_SHARE = 1 / 8;

const log = logger("session");

/**
 * What waits in the sockets of all workers together, those whose sessions have ended included: a socket that
 * does not read cannot be closed on Deno, and keeps what it holds. Above the limit the mark of every socket
 * falls, so that together they hold at most the limit and, for each, the lower mark and one frame.
 *
 * Nothing is added up with each frame: how many bytes were sent is counted anyway, and what waits can have
 * grown by no more than that. When it could have grown by too much, it is counted again.
 */
export class SendBuffers {
  readonly #options: SendBuffersOptions;
  readonly #sentBytes: () => number;
  readonly #pressedBytes: number;
  /** Looked at with every frame: not an accessor, which would cost five times as much. */
  readonly #mark: { bytes: number };
  #pressed = false;
  #totalBytes = 0;
  #countAtBytes = 0;

  constructor(options: SendBuffersOptions) {
    this.#options = options;
    this.#sentBytes = options.counters.reader(
      ENDPOINTS.map((name) => `bytes_sent_${name}` as const),
    );
    this.#pressedBytes = Math.min(options.sendBufferBytesMax, PRESSED_MARK_BYTES);
    this.#mark = { bytes: options.sendBufferBytesMax };
  }

  /** The mark of each socket, for as long as there are any. */
  get mark(): SendMark {
    return this.#mark;
  }

  /** Whether so much has been sent that what waits has to be counted again. */
  get due(): boolean {
    return this.#sentBytes() >= this.#countAtBytes;
  }

  /** Whether so much waits that nobody new can be let in. */
  get full(): boolean {
    return this.#totalBytes >= FULL_FACTOR * this.#options.bytesMax;
  }

  /** Whether one address makes too much wait, and it matters. @param units what `onHeld` heard of it */
  isGreedy(units: number): boolean {
    return this.#pressed && units * HELD_UNIT_BYTES >= ADDRESS_SHARE * this.#options.bytesMax;
  }

  /** What waits for a client of this address has changed. */
  moved(address: string, fromBytes: number, toBytes: number): void {
    const units = Math.floor(toBytes / HELD_UNIT_BYTES) - Math.floor(fromBytes / HELD_UNIT_BYTES);
    if (units !== 0) this.#options.onHeld?.(address, units);
  }

  /** Every group of this worker has counted what waits in its sockets. */
  counted(): void {
    const { bytesMax, workers, metrics } = this.#options;
    this.#totalBytes = metrics.sumOf(BUFFERED_BYTES);
    const uncountedBytes = UNCOUNTED_SHARE * bytesMax;
    this.#countAtBytes = this.#sentBytes() + uncountedBytes / workers;
    if (!this.#pressed && this.#totalBytes >= bytesMax - uncountedBytes) this.#press();
    else if (this.#pressed && this.#totalBytes < EASED_SHARE * bytesMax) this.#ease();
  }

  #press(): void {
    this.#pressed = true;
    this.#mark.bytes = this.#pressedBytes;
    log.warn("{bytes} bytes wait for clients that do not read: each gets {markBytes} at most", {
      code: "session_buffers_pressed",
      bytes: this.#totalBytes,
      bytesMax: this.#options.bytesMax,
      markBytes: this.#pressedBytes,
    });
  }

  #ease(): void {
    this.#pressed = false;
    this.#mark.bytes = this.#options.sendBufferBytesMax;
    log.info("{bytes} bytes wait for clients that do not read: each may have {markBytes} again", {
      code: "session_buffers_eased",
      bytes: this.#totalBytes,
      markBytes: this.#options.sendBufferBytesMax,
    });
  }
}
