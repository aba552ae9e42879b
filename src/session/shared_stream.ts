import { deflateFrame, kindFrame } from "./deflate_frame.ts";
import { DEFLATE_KINDS, type DeflateKind } from "./deflate_kinds.ts";
import type { Frame } from "./outbox.ts";
import { StreamCompressor } from "./stream_compressor.ts";

/** How far one client is in the streams of its worker. */
export interface StreamPlace {
  /** Number of the last piece that it was handed; 0 before the first. */
  piece: number;
}

/** Where clients are that have no stream. */
export const NO_STREAM: StreamPlace = Object.freeze({ piece: 0 });

/** The frames of one update for the client at this place, and the place moved to where they take it. */
export type FramesFor = (place: StreamPlace) => readonly Frame[];

/** Joining clients MUST NOT cost all others the context at every update. */
const GENERATION_MS_MIN = 1000;

/**
 * One stream of compressed updates for all clients with the same subscription: each update is compressed
 * once, by what the updates before have in common with it.
 *
 * A client can read a piece if it has had every piece from the first on. One that has not gets the same
 * document alone, and the stream begins a new generation for it, whose first piece all can take: with
 * the next update, but at most once a second.
 */
export class SharedStream {
  readonly #compressor = new StreamCompressor();
  readonly #nextNumber: () => number;
  #last = 0;
  #begunAtMs = -Infinity;
  #awaited = false;
  #usedAtMs = -Infinity;
  #takers = 0;
  #takersBefore = 0;

  /**
   * @param nextNumber numbers a piece: above 0, and never twice in a worker, so that a place in one
   *   stream or generation is never taken for one in another
   */
  constructor(nextNumber: () => number) {
    this.#nextNumber = nextNumber;
  }

  /** When it was last of use. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  /** To how many clients it was of use lately. */
  get takers(): number {
    return Math.max(this.#takers, this.#takersBefore);
  }

  /**
   * The next update. Its frames MUST be taken before the update after it is made, each as it is handed
   * over: who takes a piece and is not handed it loses the stream.
   */
  update(document: string, nowMs: number): FramesFor {
    this.#usedAtMs = nowMs;
    this.#takersBefore = this.#takers;
    this.#takers = 0;
    const before = this.#last;
    const begins = before === 0 ||
      (this.#awaited && nowMs - this.#begunAtMs >= GENERATION_MS_MIN);
    let piece: readonly Frame[] | undefined;
    let alone: readonly Frame[] | undefined;
    return (place) => {
      this.#takers += 1;
      if (begins || place.piece === before) {
        // Only now: a piece that nobody takes would leave everybody behind.
        piece ??= [
          begins ? this.#begin(document, nowMs) : this.#piece(DEFLATE_KINDS.piece, document),
        ];
        place.piece = this.#last;
        return piece;
      }
      this.#awaited = true;
      return alone ??= [deflateFrame(document)];
    };
  }

  #begin(document: string, nowMs: number): Frame {
    this.#compressor.restart();
    this.#begunAtMs = nowMs;
    this.#awaited = false;
    return this.#piece(DEFLATE_KINDS.first, document);
  }

  #piece(kind: DeflateKind, document: string): Frame {
    // Should compressing fail, what follows does not build on it.
    this.#last = 0;
    const frame = kindFrame(kind, this.#compressor.piece(document));
    this.#last = this.#nextNumber();
    return frame;
  }
}
