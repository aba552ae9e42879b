import { snapshotQuote } from "../session/frames.ts";
import type { BookView } from "../session/session.ts";
import type { Bytes } from "./piecewise_body.ts";

/** The quotes of the book at one position of it, as JSON: those of each source in one stretch. */
export interface EncodedBook {
  readonly epoch: string;
  readonly seq: number;
  /** All of them, separated by commas. */
  readonly all: Bytes;
  /** The part of each source; they share the memory of `all`. */
  readonly bySource: ReadonlyMap<string, Bytes>;
}

/** A twentieth of the worker's time at most goes into encoding. */
const COST_FACTOR = 20;
/** However long it takes. */
const STALE_MS_MAX = 1000;

const COMMA = ",".charCodeAt(0);

const encoder = new TextEncoder();

/**
 * The whole book as the API tells it, encoded for all who ask within a moment: of 10,000 quotes it takes
 * 10 ms, during which nobody else of this worker is served.
 */
export class SharedPrices {
  readonly #view: BookView;
  readonly #nowMs: () => number;
  #kept: (EncodedBook & { readonly untilMs: number }) | undefined;

  /** @param nowMs a clock that never goes back */
  constructor(view: BookView, nowMs: () => number = () => performance.now()) {
    this.#view = view;
    this.#nowMs = nowMs;
  }

  /**
   * The book's quotes: as they are now, or as they were so long ago at most as takes twenty times to encode
   * them, and never more than a second. `seq` says which. Never those of an epoch that is over.
   */
  read(): EncodedBook {
    const { epoch, seq } = this.#view;
    const startMs = this.#nowMs();
    const kept = this.#kept;
    if (kept?.epoch === epoch && (kept.seq === seq || startMs < kept.untilMs)) return kept;
    const encoded = encodeBook(this.#view);
    const endMs = this.#nowMs();
    const untilMs = startMs + Math.min((endMs - startMs) * COST_FACTOR, STALE_MS_MAX);
    this.#kept = { ...encoded, untilMs };
    return this.#kept;
  }
}

function encodeBook({ book, epoch, seq }: BookView): EncodedBook {
  const texts = new Map<string, string[]>();
  for (const entry of book.entries()) {
    const text = JSON.stringify(snapshotQuote(entry, 0));
    const ofSource = texts.get(entry.source);
    if (ofSource === undefined) texts.set(entry.source, [text]);
    else ofSource.push(text);
  }
  const stretches = [...texts].map(([source, list]) => ({
    source,
    bytes: encoder.encode(list.join(",")),
  }));
  const length = stretches.reduce((sum, { bytes }) => sum + bytes.length + 1, 0);
  // Between the stretches, and not behind the last, this is what stays.
  const all = new Uint8Array(Math.max(0, length - 1)).fill(COMMA);
  const bySource = new Map<string, Bytes>();
  let at = 0;
  for (const { source, bytes } of stretches) {
    all.set(bytes, at);
    bySource.set(source, all.subarray(at, at + bytes.length));
    at += bytes.length + 1;
  }
  return { epoch, seq, all, bySource };
}
