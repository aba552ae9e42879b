import type { FeedStatus } from "../price/feed_status.ts";
import type { BookEntry } from "../price/book.ts";
import type { QuoteNumbers } from "../price/price_table.ts";
import type { EncodedQuotes } from "../price/quote_json.ts";

/** A numbered set of quotes, every one of them news to the publisher's book, in the order in which it took them. */
export interface Batch {
  readonly kind: "batch";
  /** Names one beginning of the publisher's book: sequence numbers of different epochs cannot be compared. */
  readonly epoch: string;
  /** 1 higher than that of the batch before. */
  readonly seq: number;
  /** Of each quote, the number of its symbol and source in the publisher's book. */
  readonly numbers: Uint32Array;
  /** Of each quote, `NUMBERS_PER_QUOTE`: price, timestamp, id, timeMs, open. */
  readonly values: Float64Array;
  /** Of each quote, 1 if it is history, which no client is sent, and else 0. */
  readonly past: Uint8Array;
  /** Symbol and source, one after the other, of every number that neither a batch before had nor the beginning. */
  readonly names: readonly string[];
  /** The quotes that clients are sent. */
  readonly encoded: EncodedQuotes;
}

/** What the channel carries of a batch: where in the publisher's `BatchRing` the rest is, and how much. */
export interface BatchNotice extends Pick<Batch, "kind" | "epoch" | "seq" | "names"> {
  /** Of its first byte. */
  readonly position: number;
  /** Quotes in it. */
  readonly accepted: number;
  /** Quotes that clients are sent. */
  readonly delivered: number;
  /** Length of their JSON as UTF-8. */
  readonly jsonBytes: number;
}

/** How many values of a batch belong to one quote. */
export const NUMBERS_PER_QUOTE = 5;

/** The numbers of the quote at that place in the batch. */
export function numbersAt({ values }: Batch, index: number): QuoteNumbers {
  const at = index * NUMBERS_PER_QUOTE;
  return {
    price: values[at] ?? 0,
    timestamp: values[at + 1] ?? 0,
    id: values[at + 2] ?? 0,
    timeMs: values[at + 3] ?? 0,
    open: values[at + 4] ?? 0,
  };
}

/** When the quote at that place in the batch was inserted, in milliseconds. */
export function insertTimeMsAt({ values }: Batch, index: number): number {
  return values[index * NUMBERS_PER_QUOTE + 3] ?? 0;
}

/** The feed's state, and the newest batch's number, by which a receiver sees that it missed the last one. */
export interface StatusNotice {
  readonly kind: "status";
  readonly epoch: string;
  readonly seq: number;
  readonly feed: FeedStatus;
}

/** What says how the feed is, and when it was so, by `Date.now()`: it may be posted later, and read much later. */
export type Said<Message> = Message & { readonly saidAtMs: number };

/** What travels over the BroadcastChannel. */
export type Envelope = BatchNotice | Said<StatusNotice>;

/** The whole book, sent to one receiver that asked for it. */
export interface BookCopy {
  readonly kind: "book";
  readonly epoch: string;
  readonly seq: number;
  readonly entries: readonly BookEntry[];
  readonly feed: FeedStatus;
  /** Memory of the `BatchRing` in which the batches after it will be. */
  readonly ring: SharedArrayBuffer;
}

/** A receiver's request for a `BookCopy`. */
export interface BookRequest {
  readonly kind: "book_request";
}

/**
 * Tells an envelope from whatever else may be posted on the channel by foreign code in the process;
 * `undefined` for the latter. The quotes were validated when the row was read.
 */
export function asEnvelope(data: unknown): Envelope | undefined {
  if (!isNumbered(data)) return undefined;
  if (data.kind === "batch" && "position" in data && Number.isSafeInteger(data.position)) {
    return data as unknown as BatchNotice;
  }
  if (data.kind === "status" && "feed" in data && typeof data.feed === "object" && isSaid(data)) {
    return data as Said<StatusNotice>;
  }
  return undefined;
}

/** As `asEnvelope`, for the answer to a request. */
export function asBookCopy(data: unknown): Said<BookCopy> | undefined {
  if (!isNumbered(data) || data.kind !== "book") return undefined;
  const whole = "entries" in data && Array.isArray(data.entries) &&
    "ring" in data && data.ring instanceof SharedArrayBuffer && isSaid(data);
  return whole ? data as unknown as Said<BookCopy> : undefined;
}

function isNumbered(data: unknown): data is { kind: string; epoch: string; seq: number } {
  return typeof data === "object" && data !== null &&
    "kind" in data && typeof data.kind === "string" &&
    "epoch" in data && typeof data.epoch === "string" &&
    "seq" in data && Number.isSafeInteger(data.seq);
}

function isSaid(data: object): boolean {
  return "saidAtMs" in data && Number.isSafeInteger(data.saidAtMs);
}
