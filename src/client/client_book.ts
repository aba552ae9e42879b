import type { FeedStatus } from "../price/feed_status.ts";
import { type QuoteKey, quoteKey } from "../price/quote.ts";
import type { ServerMessage, WireQuote } from "../session/protocol.ts";
import { type ClientQuote, nextQuote } from "./client_quote.ts";

/** Up to where a client has read: what `resume` states. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** Bounds of a client's book. */
export interface ClientBookOptions {
  /** Past prices kept per symbol and source. */
  readonly historyMax: number;
  /** Symbol and source pairs kept; further ones are left out. @default {100_000} */
  readonly keysMax?: number;
}

/** One frame of a snapshot. */
export type SnapshotMessage = Extract<ServerMessage, { type: "snapshot" }>;

/** One frame of changed quotes. */
export type UpdateMessage = Extract<ServerMessage, { type: "update" }>;

/**
 * What a client knows: the newest quote of each symbol and source, and its position. A price never goes
 * back to an earlier timestamp. Within an epoch the position goes back with a snapshot alone: the worker
 * that sent it may be behind the one before, and what is known from it is known up to there.
 */
export class ClientBook {
  readonly #keysMax: number;
  readonly #historyMax: number;
  #quotes = new Map<QuoteKey, ClientQuote>();
  #position: Position | undefined;
  /** Whether an empty snapshot of another epoch has come, of a server that may not have read the table. */
  #unread = false;
  /** Chunks of a snapshot that is not complete; not shown, because half a board is a wrong board. */
  #staged: { readonly epoch: string; readonly quotes: Map<QuoteKey, ClientQuote> } | undefined;

  constructor(options: ClientBookOptions) {
    this.#historyMax = options.historyMax;
    this.#keysMax = options.keysMax ?? 100_000;
  }

  /** Undefined where there is nothing to resume from: before the first complete snapshot. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Number of symbol and source pairs. */
  get size(): number {
    return this.#quotes.size;
  }

  /** All quotes, in the order in which their keys first appeared. */
  quotes(): Iterable<ClientQuote> {
    return this.#quotes.values();
  }

  /** The quote of one symbol and source. */
  get(symbol: string, source: string): ClientQuote | undefined {
    return this.#quotes.get(quoteKey(symbol, source));
  }

  /**
   * Takes one frame of a snapshot; returns whether it was the last. A snapshot of another epoch replaces
   * everything, but for quotes that are older than the known ones in both of their times: its server has
   * not read the table as far yet as the one before. One that is empty may come from a server that has not
   * read the table at all, and changes nothing before `heard`. One of the same epoch is merged, because
   * within an epoch nothing disappears.
   */
  applySnapshot(message: SnapshotMessage): boolean {
    // The server may begin another epoch before it has sent all of this one.
    if (this.#staged?.epoch !== message.epoch) {
      this.#staged = { epoch: message.epoch, quotes: new Map() };
    }
    const staged = this.#staged.quotes;
    for (const quote of message.quotes) this.#merge(staged, quote);
    if (!message.complete) return false;
    this.#staged = undefined;
    const replaces = message.epoch !== this.#position?.epoch;
    this.#unread = replaces && staged.size === 0 && this.size > 0;
    if (this.#unread) return true;
    this.#position = { epoch: message.epoch, seq: message.seq };
    if (replaces) {
      for (const [key, quote] of staged) {
        const known = this.#quotes.get(key);
        if (known !== undefined && isBehind(quote, known)) staged.set(key, known);
      }
      this.#quotes = staged;
      return true;
    }
    for (const [key, quote] of staged) {
      const known = this.#quotes.get(key);
      if (known === undefined || quote.timestamp >= known.timestamp) this.#quotes.set(key, quote);
    }
    return true;
  }

  /**
   * The server has said how its feed is. One that is not down has read the table: an empty snapshot of it
   * holds, and the quotes that it took away are returned.
   */
  heard(status: FeedStatus["status"]): ClientQuote[] {
    if (!this.#unread || status === "down") return [];
    this.#unread = false;
    this.#position = undefined;
    return this.retain(() => false);
  }

  /** Merges an update and returns the quotes that changed. */
  applyUpdate(message: UpdateMessage): ClientQuote[] {
    const changed: ClientQuote[] = [];
    this.heard("live");
    for (const quote of message.quotes) {
      if (this.#staged !== undefined) this.#merge(this.#staged.quotes, quote);
      const merged = this.#merge(this.#quotes, quote);
      if (merged !== undefined) changed.push(merged);
    }
    this.#advance(message.seq);
    return changed;
  }

  /** Forgets the snapshots that are not complete or do not hold yet, because their connection has ended. */
  dropStaged(): void {
    this.#unread = false;
    this.#staged = undefined;
  }

  /** Forgets the quotes that `keep` does not want, and returns them. */
  retain(keep: (quote: ClientQuote) => boolean): ClientQuote[] {
    const removed: ClientQuote[] = [];
    for (const [key, quote] of this.#quotes) {
      if (keep(quote)) continue;
      this.#quotes.delete(key);
      removed.push(quote);
    }
    return removed;
  }

  #advance(seq: number): void {
    if (this.#position === undefined || seq <= this.#position.seq) return;
    this.#position = { epoch: this.#position.epoch, seq };
  }

  #merge(quotes: Map<QuoteKey, ClientQuote>, wire: WireQuote): ClientQuote | undefined {
    const key = quoteKey(wire.symbol, wire.source);
    const known = quotes.get(key);
    if (known === undefined && quotes.size >= this.#keysMax) return undefined;
    const next = nextQuote(known, wire, this.#historyMax);
    if (next !== undefined) quotes.set(key, next);
    return next;
  }
}

/**
 * Whether one server shows a row that the other has replaced. A row that is written anew, as by a replay
 * into an empty table, has a later time of insertion, whatever its timestamp.
 */
function isBehind(quote: ClientQuote, known: ClientQuote): boolean {
  return quote.timestamp <= known.timestamp && quote.timeMs < known.timeMs;
}
