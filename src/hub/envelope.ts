import type { FeedStatus } from "../price/feed_status.ts";
import type { BookEntry } from "../price/book.ts";
import type { Quote } from "../price/quote.ts";

/** A numbered set of prices of which some are news; several of one symbol and source come oldest first. */
export interface Batch {
  readonly kind: "batch";
  /** Names one run of the publisher: sequence numbers of different epochs cannot be compared. */
  readonly epoch: string;
  /** 1 higher than that of the batch before. */
  readonly seq: number;
  readonly quotes: readonly Quote[];
}

/** The feed's state, and the newest batch's number, by which a receiver sees that it missed the last one. */
export interface StatusNotice {
  readonly kind: "status";
  readonly epoch: string;
  readonly seq: number;
  readonly feed: FeedStatus;
}

/** What travels over the BroadcastChannel. */
export type Envelope = Batch | StatusNotice;

/** The whole book, sent to one receiver that asked for it. */
export interface BookCopy {
  readonly kind: "book";
  readonly epoch: string;
  readonly seq: number;
  readonly entries: readonly BookEntry[];
  readonly feed: FeedStatus;
}

/** A receiver's request for a `BookCopy`. */
export interface BookRequest {
  readonly kind: "book_request";
}

/**
 * Tells an envelope from whatever else may be posted on the channel by foreign code in the process;
 * `undefined` for the latter. The quotes inside were validated when the row was read.
 */
export function asEnvelope(data: unknown): Envelope | undefined {
  if (!isNumbered(data)) return undefined;
  if (data.kind === "batch" && "quotes" in data && Array.isArray(data.quotes)) return data as Batch;
  if (data.kind === "status" && "feed" in data && typeof data.feed === "object") {
    return data as StatusNotice;
  }
  return undefined;
}

/** As `asEnvelope`, for the answer to a request. */
export function asBookCopy(data: unknown): BookCopy | undefined {
  if (!isNumbered(data) || data.kind !== "book") return undefined;
  return "entries" in data && Array.isArray(data.entries) ? data as unknown as BookCopy : undefined;
}

function isNumbered(data: unknown): data is { kind: string; epoch: string; seq: number } {
  return typeof data === "object" && data !== null &&
    "kind" in data && typeof data.kind === "string" &&
    "epoch" in data && typeof data.epoch === "string" &&
    "seq" in data && Number.isSafeInteger(data.seq);
}
