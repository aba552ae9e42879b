import type { BookChange } from "../hub/replica.ts";
import type { BookEntry } from "../price/book.ts";
import type { QuoteNames } from "../price/quote.ts";
import { HighWater } from "./high_water.ts";
import type { SendMark } from "./send_buffers.ts";

/** The part of a WebSocket that an outbox needs. */
export interface Transport {
  /** Bytes handed over and not yet written to the network. */
  readonly bufferedAmount: number;
  send(frame: Frame): void;
}

/** One message as it goes out: text, or bytes in the dialects that have them. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** The part of a snapshot whose turn it is. */
export interface SnapshotChunk {
  /** The whole snapshot: the very list that was offered. */
  readonly list: readonly BookEntry[];
  /** The part of it, from `start` up to but not including `end`; the list's own end makes it the last. */
  readonly start: number;
  readonly end: number;
  /** Position at which the snapshot was offered. */
  readonly seq: number;
}

/** How quotes become frames in one dialect of the protocol. */
export interface Framing {
  /** The entries' quotes as they are when it is called, which is when the frames are sent. */
  update(entries: readonly BookEntry[], seq: number, conflated: number): readonly Frame[];
  /** As `update`. */
  snapshot(chunk: SnapshotChunk): readonly Frame[];
}

/** Bounds of an outbox. */
export interface OutboxLimits {
  /** High-water mark: at or above it nothing more is sent until the transport has drained below it. */
  readonly sendBufferBytesMax: number;
  /** The mark that is in force, where memory may lower it. @default {sendBufferBytesMax} */
  readonly sendMark?: SendMark;
  /** How long the transport may stay above the mark. */
  readonly slowClientDeadlineMs: number;
  /** Quotes in one frame, of what waited and of snapshots; fewer where history comes with them. @default {500} */
  readonly chunkQuotesMax?: number;
}

/** Counts of quotes. */
export interface OutboxTotals {
  readonly delivered: number;
  readonly conflated: number;
  /** Those that wait for the client now, in an update or a snapshot. */
  readonly waiting: number;
}

/** What became of an attempt to send. */
export type Pumped =
  /** Nothing waits. */
  | "empty"
  /** Something waits, for the transport, for the client's rate or for its next turn: pump again soon. */
  | "waiting"
  /** The transport has been above its mark past the deadline: the session must end. */
  | "too_slow";

interface SnapshotUnderWay {
  readonly entries: readonly BookEntry[];
  readonly seq: number;
  readonly chunkQuotesMax: number;
  next: number;
}

const CHUNK_QUOTES_MAX = 500;
/** What a quote costs to encode and compress, in past prices. By bytes it is 5 to 12 of them. */
const QUOTE_POINTS = 10;

/**
 * What one client has still to be sent.
 *
 * `socket.send` of Deno never blocks and has no limit, so a client that stops reading would fill the
 * memory. Here at most the high-water mark and one frame are ever handed over; beyond that the outbox
 * remembers which entries of the book have changed, so that the client gets the newest quote of each,
 * and counts what it left out.
 *
 * MUST hold: a frame that carries sequence number N is handed over only when everything that the client
 * subscribed to up to N has been, in it or before it. Resuming rests on that.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #framing: Framing;
  readonly #highWater: HighWater;
  readonly #chunkQuotesMax: number;
  /** What has changed and has not been sent: the book has the newest quote of each. */
  readonly #pending = new Set<BookEntry>();
  #snapshot: SnapshotUnderWay | undefined;
  /** Quotes left out of which the client has not been told. */
  #conflated = 0;
  #toldConflated = 0;
  #deliveredTotal = 0;
  /** Position up to which everything has been offered. */
  #offeredSeq = 0;
  /** Position up to which everything has been handed over. */
  #sentSeq = 0;
  #rateMs = 0;
  #nextUpdateAtMs = 0;

  constructor(
    transport: Transport,
    framing: Framing,
    limits: OutboxLimits,
    highWater = new HighWater(transport, limits),
  ) {
    this.#transport = transport;
    this.#framing = framing;
    this.#highWater = highWater;
    this.#chunkQuotesMax = limits.chunkQuotesMax ?? CHUNK_QUOTES_MAX;
  }

  /** Whether nothing waits: the client has been handed everything up to the book's position. */
  get idle(): boolean {
    return this.#snapshot === undefined && this.#pending.size === 0;
  }

  /** Whether a part of a snapshot could be handed over at once: it waits for the next `pump`, and for nothing else. */
  get ready(): boolean {
    return this.#snapshot !== undefined && !this.#highWater.reached;
  }

  /** Whether a snapshot has been offered that has not been handed over to its end. */
  get owesSnapshot(): boolean {
    return this.#snapshot !== undefined;
  }

  /** Position up to which the client has been handed everything, given the book's. */
  seq(bookSeq: number): number {
    return this.idle ? bookSeq : this.#sentSeq;
  }

  /**
   * What became of the changed quotes that were offered, since the session began: handed over, or
   * replaced by newer ones before that, whether the client has been told so or not. Snapshots count as neither.
   */
  get totals(): OutboxTotals {
    const snapshot = this.#snapshot;
    const unsent = snapshot === undefined ? 0 : snapshot.entries.length - snapshot.next;
    return {
      delivered: this.#deliveredTotal,
      conflated: this.#toldConflated + this.#conflated,
      waiting: this.#pending.size + unsent,
    };
  }

  /** Sends at most one update in `rateMs`; 0 sends each change. */
  setRate(rateMs: number, nowMs: number): void {
    this.#rateMs = rateMs;
    this.#nextUpdateAtMs = Math.min(this.#nextUpdateAtMs, nowMs + rateMs);
  }

  /**
   * Sends the entries before anything else; updates wait behind them. Unless the outbox is idle, the
   * entries MUST be everything that the client is subscribed to, because they replace what waits.
   * Each is encoded when its turn comes, so that a slow client gets the newest even then. It takes the
   * place of a snapshot that is under way.
   *
   * @param history past prices that come with each quote: chunks have so many fewer quotes
   */
  offerSnapshot(
    entries: readonly BookEntry[],
    seq: number,
    nowMs: number,
    history = 0,
  ): Pumped {
    if (this.idle) this.#sentSeq = seq;
    this.#conflated += this.#pending.size;
    this.#pending.clear();
    const quotesMax = Math.floor(this.#chunkQuotesMax * QUOTE_POINTS / (QUOTE_POINTS + history));
    this.#snapshot = { entries, next: 0, seq, chunkQuotesMax: Math.max(quotesMax, 1) };
    this.#offeredSeq = seq;
    return this.pump(nowMs);
  }

  /**
   * Sends changed quotes, or keeps them for when the client is ready.
   *
   * @param shared frames for just these quotes, if others get the same; saves encoding them again
   */
  offer(change: BookChange, nowMs: number, shared?: () => readonly Frame[]): Pumped {
    if (this.idle) this.#sentSeq = change.fromSeq;
    this.#offeredSeq = change.seq;
    // Frames for all cannot say how much was left out for one.
    const isOwed = !this.idle || this.#conflated > 0;
    if (shared !== undefined && !isOwed && this.#mayUpdate(nowMs)) {
      this.#send(shared());
      this.#deliveredTotal += change.count;
      this.#updated(nowMs);
      return "empty";
    }
    for (const entry of change.entries) {
      if (this.#pending.has(entry)) this.#conflated += 1;
      else this.#pending.add(entry);
    }
    return this.#sendPending(nowMs);
  }

  /** Forgets waiting quotes that the client no longer wants. A snapshot under way is still completed. */
  retain(wanted: (names: QuoteNames) => boolean): void {
    const snapshot = this.#snapshot;
    if (snapshot !== undefined) {
      const rest = snapshot.entries.slice(snapshot.next).filter(wanted);
      this.#snapshot = { ...snapshot, entries: rest, next: 0 };
    }
    for (const entry of this.#pending) {
      if (!wanted(entry)) this.#pending.delete(entry);
    }
  }

  /**
   * Sends what waits, as far as the transport and the rate allow; of a snapshot one chunk at most, because
   * they take long to encode and the caller has other clients.
   */
  pump(nowMs: number): Pumped {
    if (this.#snapshot !== undefined && this.#highWater.writable(nowMs)) {
      this.#sendSnapshotChunk(this.#snapshot);
    }
    return this.#sendPending(nowMs);
  }

  #sendPending(nowMs: number): Pumped {
    while (this.#snapshot === undefined && this.#pending.size > 0 && this.#mayUpdate(nowMs)) {
      this.#sendPendingChunk(nowMs);
    }
    if (this.idle) return "empty";
    return this.#highWater.overdue(nowMs) ? "too_slow" : "waiting";
  }

  #mayUpdate(nowMs: number): boolean {
    return nowMs >= this.#nextUpdateAtMs && this.#highWater.writable(nowMs);
  }

  #sendSnapshotChunk(snapshot: SnapshotUnderWay): void {
    const { entries: list, seq, chunkQuotesMax, next: start } = snapshot;
    const end = Math.min(start + chunkQuotesMax, list.length);
    this.#send(this.#framing.snapshot({ list, start, end, seq }));
    snapshot.next = end;
    if (end < list.length) return;
    this.#snapshot = undefined;
    this.#sentSeq = seq;
  }

  #sendPendingChunk(nowMs: number): void {
    const chunk: BookEntry[] = [];
    for (const entry of this.#pending) {
      if (chunk.length === this.#chunkQuotesMax) break;
      chunk.push(entry);
      this.#pending.delete(entry);
    }
    const last = this.#pending.size === 0;
    const seq = last ? this.#offeredSeq : this.#sentSeq;
    this.#send(this.#framing.update(chunk, seq, last ? this.#conflated : 0));
    this.#deliveredTotal += chunk.length;
    if (last) this.#updated(nowMs);
  }

  #updated(nowMs: number): void {
    this.#sentSeq = this.#offeredSeq;
    this.#toldConflated += this.#conflated;
    this.#conflated = 0;
    this.#nextUpdateAtMs = nowMs + this.#rateMs;
  }

  #send(frames: readonly Frame[]): void {
    for (const text of frames) this.#transport.send(text);
  }
}
