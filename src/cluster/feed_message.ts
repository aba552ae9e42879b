import * as v from "valibot";
import type { BookEntry } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";

/** Which of these messages a server understands: those of its own number alone. */
export const FEED_VERSION = 1;

/** Subjects of the backbone. */
export const FEED_SUBJECTS = {
  /** What the leader says, `LeaderMessage`. */
  feed: "feed",
  /** Where the leader is asked for its book, `BookRequest`. */
  book: "feed.book",
} as const;

/** Quotes in one batch. With the longest names they stay below the 1 MiB that NATS takes. */
export const BATCH_QUOTES_MAX = 2000;

/** What every word of a leader carries. */
interface LeaderHead {
  /**
   * Grows with each leader: whoever says a lower one has been replaced, and does not know it yet. Milliseconds
   * since the unix epoch, by the database's clock.
   */
  readonly term: number;
  readonly epoch: string;
  readonly seq: number;
}

/** The next batch, `seq` its number. */
export interface BatchMessage extends LeaderHead {
  readonly kind: "batch";
  /** Oldest first. */
  readonly quotes: readonly Quote[];
}

/** The feed's state, said at least once a second, and the number of the newest batch. */
export interface StatusMessage extends LeaderHead {
  readonly kind: "status";
  readonly feed: FeedStatus;
  /** When, by the leader's monotonic clock, in whole milliseconds; older versions leave it out. */
  readonly saidAtMs?: number | undefined;
}

/** What a leader says. */
export type LeaderMessage = BatchMessage | StatusMessage;

/** Asks the leader of an epoch for a part of its book. */
export interface BookRequest {
  readonly epoch: string;
  /** Number of the first entry that is wanted. */
  readonly from: number;
}

/** A part of the leader's book, at the position `seq`. */
export interface BookPart {
  readonly epoch: string;
  readonly seq: number;
  readonly entries: readonly BookEntry[];
  /** Number of the first entry of the next part; left out in the last. */
  readonly next?: number | undefined;
}

/** Of another version of Quotewire, which says otherwise what it has to say. */
export interface ForeignMessage {
  readonly kind: "foreign";
  readonly version: number;
}

const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;
const ENTRIES_MAX = 100_000;
const HISTORY_NUMBERS_MAX = 200;
/** How far the clock of the leader's Postgres, and so its term, may be ahead of this server's. */
const CLOCK_AHEAD_MS_MAX = 24 * 3_600_000;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const epoch = v.pipe(v.string(), v.uuid());
const version = v.object({ v: count });
const price = v.pipe(v.number(), v.finite(), v.gtValue(0));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(32));
const integer = v.pipe(v.number(), v.safeInteger());
const finite = v.pipe(v.number(), v.finite());
/** Symbol, source, price, timestamp, id, timeMs, open. */
const quoteEntries = [name, name, price, integer, integer, finite, price] as const;
/** Each leader takes a higher one than it has heard: a senseless one would leave none for the next. */
const term = v.pipe(
  count,
  v.check(
    (term) => term <= Date.now() + CLOCK_AHEAD_MS_MAX,
    ({ input }) =>
      `Cannot follow a leader: term must be at most a day ahead of the clock, is ${input}`,
  ),
);
const leaderHead = { v: v.literal(FEED_VERSION), term, epoch, seq: count };
const leaderSchema = v.variant("kind", [
  v.object({
    ...leaderHead,
    kind: v.literal("batch"),
    quotes: v.pipe(v.array(v.tuple(quoteEntries)), v.maxLength(BATCH_QUOTES_MAX)),
  }),
  v.object({
    ...leaderHead,
    kind: v.literal("status"),
    feed: v.object({
      status: v.picklist(["live", "delayed", "down"]),
      mode: v.picklist(["poll", "listen"]),
      ageMs: count,
    }),
    saidAtMs: v.optional(count),
  }),
]);
const requestSchema = v.object({ v: v.literal(FEED_VERSION), epoch, from: count });
/** A quote, the number of the batch that brought it, and past prices: timestamp, price, and so on. */
const entrySchema = v.tuple([
  ...quoteEntries,
  count,
  v.pipe(v.array(finite), v.maxLength(HISTORY_NUMBERS_MAX)),
]);
const partSchema = v.object({
  v: v.literal(FEED_VERSION),
  epoch,
  seq: count,
  entries: v.pipe(v.array(entrySchema), v.maxLength(ENTRIES_MAX)),
  next: v.optional(count),
});

/** Writes what a leader says. */
export function encodeLeaderMessage(message: LeaderMessage): Uint8Array {
  const body = message.kind === "status"
    ? message
    : { ...message, quotes: message.quotes.map(quoteRow) };
  return encode(body);
}

/** @throws {ValiError} or {SyntaxError} for what no Quotewire says */
export function decodeLeaderMessage(payload: Uint8Array): LeaderMessage | ForeignMessage {
  const data = parse(payload);
  const { v: foreign } = v.parse(version, data);
  if (foreign !== FEED_VERSION) return { kind: "foreign", version: foreign };
  const message = v.parse(leaderSchema, data);
  if (message.kind === "status") return message;
  return { ...message, quotes: message.quotes.map((row) => quoteOf(row)) };
}

/** Writes the request for a part of the book. */
export function encodeBookRequest(request: BookRequest): Uint8Array {
  return encode(request);
}

/** @throws {ValiError} or {SyntaxError} for what is no request of this version */
export function decodeBookRequest(payload: Uint8Array): BookRequest {
  return v.parse(requestSchema, parse(payload));
}

/** Writes a part of the book; `rows` come from `encodeBookEntry`. */
export function encodeBookPart(
  { epoch, seq, next }: Omit<BookPart, "entries">,
  rows: readonly string[],
): Uint8Array {
  const head = JSON.stringify({ v: FEED_VERSION, epoch, seq, next });
  return new TextEncoder().encode(`${head.slice(0, -1)},"entries":[${rows.join()}]}`);
}

/** Writes one entry of a part. */
export function encodeBookEntry({ quote, seq, history }: BookEntry): string {
  const past = history.flatMap(({ timestamp, price }) => [timestamp, price]);
  return JSON.stringify([...quoteRow(quote), seq, past]);
}

/** @throws {ValiError} or {SyntaxError} for what is no part of this version */
export function decodeBookPart(payload: Uint8Array): BookPart {
  const { epoch, seq, entries, next } = v.parse(partSchema, parse(payload));
  return { epoch, seq, next, entries: entries.map(entryOf) };
}

type QuoteRow = [string, string, number, number, number, number, number];

function quoteRow({ symbol, source, price, timestamp, id, timeMs, open }: Quote): QuoteRow {
  return [symbol, source, price, timestamp, id, timeMs, open];
}

function quoteOf([symbol, source, price, timestamp, id, timeMs, open]: Readonly<QuoteRow>): Quote {
  return { symbol, source, price, timestamp, id, timeMs, open };
}

function entryOf(
  [symbol, source, price, timestamp, id, timeMs, open, seq, past]: v.InferOutput<
    typeof entrySchema
  >,
): BookEntry {
  const history = Array.from({ length: past.length >> 1 }, (_, index) => ({
    timestamp: past[index * 2] ?? 0,
    price: past[index * 2 + 1] ?? 0,
  }));
  const quote = { symbol, source, price, timestamp, id, timeMs, open };
  return { symbol, source, quote, seq, history };
}

function encode(body: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: FEED_VERSION, ...body }));
}

function parse(payload: Uint8Array): unknown {
  if (payload.length > MESSAGE_BYTES_MAX) {
    const rule = `must have at most ${MESSAGE_BYTES_MAX} bytes, has ${payload.length}`;
    throw new RangeError(`Cannot read a message of the backbone: ${rule}`);
  }
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
}
