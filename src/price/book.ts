import { PriceHistory, type PricePoint } from "./price_history.ts";
import { isNewer, type Quote } from "./quote.ts";

/** What the book holds for one symbol and source: always the newest, whenever it is looked at. */
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

/** The numbers of a quote. */
export type QuoteNumbers = Omit<Quote, "symbol" | "source">;

/**
 * An entry whose numbers change in place. A busy server takes in thousands of quotes a second: kept as
 * objects, they would be most of what its garbage collector has to deal with.
 */
class Entry implements BookEntry {
  readonly number: number;
  readonly symbol: string;
  readonly source: string;
  price = 0;
  timestamp = 0;
  id = 0;
  timeMs = 0;
  open = 0;
  seq = 0;
  points: PriceHistory;
  /** The newest quote that an `apply` accepted, and which one. */
  accepted: Accepted | undefined;
  round = 0;

  constructor(
    number: number,
    { symbol, source }: Pick<Quote, "symbol" | "source">,
    historyMax: number,
  ) {
    this.number = number;
    this.symbol = symbol;
    this.source = source;
    this.points = new PriceHistory(historyMax);
  }

  get quote(): Quote {
    const { symbol, source, price, timestamp, id, timeMs, open } = this;
    return { symbol, source, price, timestamp, id, timeMs, open };
  }

  get history(): readonly PricePoint[] {
    return this.points.points();
  }

  /** Takes over newer numbers. */
  take(newer: QuoteNumbers, seq: number): void {
    this.price = newer.price;
    this.timestamp = newer.timestamp;
    this.id = newer.id;
    this.timeMs = newer.timeMs;
    this.open = newer.open;
    this.seq = seq;
    this.points.push(newer.timestamp, newer.price);
  }
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
  readonly #entries: Entry[] = [];
  readonly #bySymbol = new Map<string, Map<string, Entry>>();
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
      if (known !== undefined && !isNewer(quote, known)) continue;
      const entry = known ?? this.#insert(quote);
      if (entry === undefined) continue;
      entry.take(quote, seq);
      const accepted: Accepted = { quote, number: entry.number, past: false };
      if (entry.round === this.#round && entry.accepted !== undefined) entry.accepted.past = true;
      entry.accepted = accepted;
      entry.round = this.#round;
      all.push(accepted);
    }
    return all;
  }

  /**
   * Follows another book: takes the numbers of a quote that was newer there, of the symbol and source
   * that have that number. The books MUST have been equal before.
   *
   * @param names asked for a number that is new
   * @throws {RangeError} when this book does not have the number and is not about to
   */
  follow(
    number: number,
    numbers: QuoteNumbers,
    seq: number,
    names: () => Pick<Quote, "symbol" | "source">,
  ): void {
    const size = this.#entries.length;
    const entry = this.#entries[number] ?? (number === size ? this.#insert(names()) : undefined);
    if (entry === undefined) {
      throw new RangeError(`Cannot follow a book: number must be at most ${size}, is ${number}`);
    }
    entry.take(numbers, seq);
  }

  /**
   * Takes over another book's entries where they are newer, with their own sequence numbers and
   * history, and returns the quotes that changed.
   */
  merge(entries: Iterable<BookEntry>): Quote[] {
    const changed: Quote[] = [];
    for (const { quote, seq, history } of entries) {
      const known = this.#find(quote.symbol, quote.source);
      if (known !== undefined && !isNewer(quote, known)) continue;
      const entry = known ?? this.#insert(quote);
      if (entry === undefined) continue;
      entry.points = new PriceHistory(this.historyMax);
      for (const { timestamp, price } of history.slice(0, -1)) entry.points.push(timestamp, price);
      entry.take(quote, seq);
      changed.push(quote);
    }
    return changed;
  }

  /** The symbol and source that have that number. */
  at(number: number): Pick<Quote, "symbol" | "source"> | undefined {
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

  /** All entries as they are now, and as they can be sent to another isolate. */
  copy(): BookEntry[] {
    return this.#entries.map(({ quote, seq, history }) => ({ quote, seq, history }));
  }

  /** The entries of one symbol, one per source; empty for an unknown symbol. */
  ofSymbol(symbol: string): Iterable<BookEntry> {
    return this.#bySymbol.get(symbol)?.values() ?? [];
  }

  #find(symbol: string, source: string): Entry | undefined {
    return this.#bySymbol.get(symbol)?.get(source);
  }

  #insert(names: Pick<Quote, "symbol" | "source">): Entry | undefined {
    if (this.#entries.length >= this.keysMax) {
      this.#refused += 1;
      return undefined;
    }
    const entry = new Entry(this.#entries.length, names, this.historyMax);
    this.#entries.push(entry);
    const sources = this.#bySymbol.get(names.symbol) ?? new Map<string, Entry>();
    sources.set(names.source, entry);
    this.#bySymbol.set(names.symbol, sources);
    return entry;
  }
}
