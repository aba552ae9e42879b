import { isNewer, type Quote } from "./quote.ts";

/** One past price of a symbol and source. */
export interface PricePoint {
  /** Unix seconds, as the writer stated them. */
  readonly timestamp: number;
  /** Finite and above 0. */
  readonly price: number;
}

/** What the book holds for one symbol and source. */
export interface BookEntry {
  readonly quote: Quote;
  /** Sequence number of the batch that brought `quote`. */
  readonly seq: number;
  /** Newest prices, oldest first, `quote` last; at most `Book.historyMax`. */
  readonly history: readonly PricePoint[];
}

/** A quote that was newer than what the book had. */
export interface Accepted {
  readonly quote: Quote;
  /** Number of its symbol and source: they are counted from 0 in the order of their first quotes. */
  readonly number: number;
  /** Whether a newer one of the same `apply` has replaced it since: it is history. */
  past: boolean;
}

interface MutableEntry {
  readonly number: number;
  quote: Quote;
  seq: number;
  history: PricePoint[];
  /** The newest quote that an `apply` accepted, and which one. */
  accepted: Accepted | undefined;
  round: number;
}

/** Bounds of a book. */
export interface BookOptions {
  /** Symbol and source pairs kept; quotes of further pairs are refused. @default {100_000} */
  readonly keysMax?: number;
  /** Past prices kept per symbol and source. @default {100} */
  readonly historyMax?: number;
}

/**
 * The newest quote of every symbol and source, and the sequence number that last changed each.
 *
 * Because `apply` keeps only what is newer in the order of `isNewer`, the same quotes in any order, and
 * any number of times, leave the same book. All of Quotewire's recovery rests on that.
 */
export class Book {
  readonly keysMax: number;
  readonly historyMax: number;
  readonly #entries: MutableEntry[] = [];
  readonly #bySymbol = new Map<string, Map<string, MutableEntry>>();
  #refused = 0;
  /** Counts calls of `apply`. */
  #round = 0;

  constructor(options: BookOptions = {}) {
    this.keysMax = options.keysMax ?? 100_000;
    this.historyMax = options.historyMax ?? 100;
  }

  /** Number of symbol and source pairs. */
  get size(): number {
    return this.#entries.length;
  }

  /** Quotes refused because the book was full; anything above 0 is worth an alarm. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Takes the quotes that are newer than what it has, under `seq`, and returns them in their order.
   * Quotes of one key that come oldest first all enter its history.
   */
  apply(quotes: readonly Quote[], seq: number): Accepted[] {
    const all: Accepted[] = [];
    this.#round += 1;
    for (const quote of quotes) {
      const known = this.#find(quote.symbol, quote.source);
      if (known !== undefined && !isNewer(quote, known.quote)) continue;
      const entry = known ?? this.#insert(quote, seq, []);
      if (entry === undefined) continue;
      if (known !== undefined) this.#replace(entry, quote, seq);
      const accepted: Accepted = { quote, number: entry.number, past: false };
      if (entry.round === this.#round && entry.accepted !== undefined) entry.accepted.past = true;
      entry.accepted = accepted;
      entry.round = this.#round;
      all.push(accepted);
    }
    return all;
  }

  /**
   * Follows another book: takes a quote that was newer there, of the symbol and source with that number.
   * The books MUST have been equal before.
   *
   * @throws {RangeError} when this book does not have the number and is not about to
   */
  follow(number: number, quote: Quote, seq: number): void {
    const entry = this.#entries[number];
    if (entry !== undefined) return this.#replace(entry, quote, seq);
    if (number !== this.#entries.length || this.#insert(quote, seq, []) === undefined) {
      const size = this.#entries.length;
      throw new RangeError(`Cannot follow a book: number must be at most ${size}, is ${number}`);
    }
  }

  /**
   * Takes over another book's entries where they are newer, with their own sequence numbers and
   * history, and returns the quotes that changed.
   */
  merge(entries: Iterable<BookEntry>): Quote[] {
    const changed: Quote[] = [];
    for (const { quote, seq, history } of entries) {
      const own = this.#find(quote.symbol, quote.source);
      if (own === undefined) {
        if (this.#insert(quote, seq, history.slice(0, -1)) !== undefined) changed.push(quote);
      } else if (isNewer(quote, own.quote)) {
        own.quote = quote;
        own.seq = seq;
        own.history = history.slice(-this.historyMax);
        changed.push(quote);
      }
    }
    return changed;
  }

  /** The entry with that number. */
  at(number: number): BookEntry | undefined {
    return this.#entries[number];
  }

  /** The entry of one symbol and source. */
  get(symbol: string, source: string): BookEntry | undefined {
    return this.#find(symbol, source);
  }

  /** All entries, in the order in which their keys first appeared. */
  entries(): Iterable<BookEntry> {
    return this.#entries;
  }

  /** The entries of one symbol, one per source; empty for an unknown symbol. */
  ofSymbol(symbol: string): Iterable<BookEntry> {
    return this.#bySymbol.get(symbol)?.values() ?? [];
  }

  #find(symbol: string, source: string): MutableEntry | undefined {
    return this.#bySymbol.get(symbol)?.get(source);
  }

  #insert(quote: Quote, seq: number, past: readonly PricePoint[]): MutableEntry | undefined {
    if (this.#entries.length >= this.keysMax) {
      this.#refused += 1;
      return undefined;
    }
    const entry: MutableEntry = {
      number: this.#entries.length,
      quote,
      seq,
      history: past.slice(-this.historyMax),
      accepted: undefined,
      round: 0,
    };
    this.#remember(entry.history, quote);
    this.#entries.push(entry);
    const sources = this.#bySymbol.get(quote.symbol) ?? new Map<string, MutableEntry>();
    sources.set(quote.source, entry);
    this.#bySymbol.set(quote.symbol, sources);
    return entry;
  }

  #replace(entry: MutableEntry, quote: Quote, seq: number): void {
    entry.quote = quote;
    entry.seq = seq;
    this.#remember(entry.history, quote);
  }

  #remember(history: PricePoint[], quote: Quote): void {
    history.push({ timestamp: quote.timestamp, price: quote.price });
    if (history.length > this.historyMax) history.shift();
  }
}
