import { DEFLATE_KINDS } from "../../src/session/deflate_kinds.ts";
import type { ServerMessage } from "../../src/session/protocol.ts";

/** A new stream begins at most so often. */
const GENERATION_MS = 1000;

/**
 * Holds one compressed connection to what is promised of shared streams: that a client which keeps up
 * gets into one soon and stays in it, and that new ones are rare. Nobody who can read every frame would
 * miss that, but for the bytes.
 */
export class StreamWatch {
  readonly #sendBufferBytesMax: number;
  readonly #fail: (fault: string) => void;
  #isRated = false;
  /** Updates may have waited, and then are the client's own: one, or several of the same moment. */
  #isBehind = false;
  #wasBehindAtMs = -Infinity;
  /** Whether the last update was a piece of a stream. */
  #isIn = false;
  #begunAtMs = -Infinity;
  /** When the stream was first asked to begin anew for this client. */
  #aloneAtMs = Infinity;

  /** @param fail told of what must not be */
  constructor(sendBufferBytesMax: number, fail: (fault: string) => void) {
    this.#sendBufferBytesMax = sendBufferBytesMax;
    this.#fail = fail;
  }

  /** A frame is handed over, while `queuedBytes` wait. */
  sending(frame: Uint8Array, queuedBytes: number, message: ServerMessage, nowMs: number): void {
    const isFull = queuedBytes + frame.length >= this.#sendBufferBytesMax;
    if (isFull) this.#isBehind = true;
    switch (message.type) {
      case "ack":
        this.#isRated = message.subscription.max_rate_ms > 0;
        return this.#startOver();
      case "resumed":
        // What it missed comes alone.
        this.#isBehind = true;
        return;
      case "snapshot":
        // What changes between its parts waits for the last.
        if (!message.complete) this.#isBehind = true;
        return;
      case "update":
        if (frame[0] === DEFLATE_KINDS.alone) this.#alone(nowMs);
        else this.#shared(frame[0] === DEFLATE_KINDS.first, nowMs);
        this.#isBehind = isFull;
    }
  }

  #startOver(): void {
    this.#isIn = false;
    this.#isBehind = false;
    this.#begunAtMs = -Infinity;
    this.#aloneAtMs = Infinity;
  }

  #shared(isFirst: boolean, nowMs: number): void {
    if (isFirst) this.#begins(nowMs);
    this.#isIn = true;
    this.#aloneAtMs = Infinity;
  }

  #begins(nowMs: number): void {
    const sinceMs = nowMs - this.#begunAtMs;
    this.#begunAtMs = nowMs;
    if (sinceMs < GENERATION_MS) this.#fail(`must not begin a stream ${sinceMs} ms after the last`);
  }

  #alone(nowMs: number): void {
    const isIn = this.#isIn;
    this.#isIn = false;
    if (this.#isBehind) this.#wasBehindAtMs = nowMs;
    if (this.#isRated || this.#wasBehindAtMs === nowMs) {
      this.#aloneAtMs = Infinity;
      return;
    }
    if (isIn) this.#fail("must stay in its stream, gets an update alone");
    const waitedMs = nowMs - this.#aloneAtMs;
    if (waitedMs >= GENERATION_MS) {
      this.#fail(`must get into a stream, is alone for ${waitedMs} ms`);
    }
    this.#aloneAtMs = Math.min(this.#aloneAtMs, nowMs);
  }
}
