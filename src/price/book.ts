import { isNewer, type Quote, type QuoteKey, quoteKey } from "./quote.ts";

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

interface MutableEntry {
  quote: Quote;
  seq: number;
  history: PricePoint[];
  /** Where `apply` put the quote among the changes of batch `seq`. */
  changeIndex: number;
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
  readonly #entries = new Map<QuoteKey, MutableEntry>();
  readonly #bySymbol = new Map<string, Map<string, MutableEntry>>();
  #refused = 0;

  constructor(options: BookOptions = {}) {
    this.keysMax = options.keysMax ?? 100_000;
    this.historyMax = options.historyMax ?? 100;
  }

  /** Number of symbol and source pairs. */
  get size(): number {
    return this.#entries.size;
  }

  /** Quotes refused because the book was full; anything above 0 is worth an alarm. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Takes the quotes that are newer than what it has, under `seq`, and returns the newest of each symbol
   * and source that changed. Quotes of one key that come oldest first all enter its history.
   */
  apply(quotes: readonly Quote[], seq: number): Quote[] {
    const changed: Quote[] = [];
    for (const quote of quotes) {
      const entry = this.#entries.get(quoteKey(quote.symbol, quote.source));
      if (entry === undefined) {
        if (this.#insert(quote, seq, [], changed.length)) changed.push(quote);
      } else if (isNewer(quote, entry.quote)) {
        if (entry.seq !== seq) entry.changeIndex = changed.length;
        changed[entry.changeIndex] = quote;
        entry.quote = quote;
        entry.seq = seq;
        this.#remember(entry.history, quote);
      }
    }
    return changed;
  }

  /**
   * Takes over another book's entries where they are newer, with their own sequence numbers and
   * history, and returns the quotes that changed.
   */
  merge(entries: Iterable<BookEntry>): Quote[] {
    const changed: Quote[] = [];
    for (const { quote, seq, history } of entries) {
      const own = this.#entries.get(quoteKey(quote.symbol, quote.source));
      if (own === undefined) {
        if (this.#insert(quote, seq, history.slice(0, -1), changed.length)) changed.push(quote);
      } else if (isNewer(quote, own.quote)) {
        own.quote = quote;
        own.seq = seq;
        own.history = history.slice(-this.historyMax);
        changed.push(quote);
      }
    }
    return changed;
  }

  /** The entry of one symbol and source. */
  get(symbol: string, source: string): BookEntry | undefined {
    return this.#entries.get(quoteKey(symbol, source));
  }

  /** All entries, in the order in which their keys first appeared. */
  entries(): Iterable<BookEntry> {
    return this.#entries.values();
  }

  /** The entries of one symbol, one per source; empty for an unknown symbol. */
  ofSymbol(symbol: string): Iterable<BookEntry> {
    return this.#bySymbol.get(symbol)?.values() ?? [];
  }

  #insert(quote: Quote, seq: number, past: readonly PricePoint[], changeIndex: number): boolean {
    if (this.#entries.size >= this.keysMax) {
      this.#refused += 1;
      return false;
    }
    const entry: MutableEntry = { quote, seq, history: past.slice(-this.historyMax), changeIndex };
    this.#remember(entry.history, quote);
    this.#entries.set(quoteKey(quote.symbol, quote.source), entry);
    const sources = this.#bySymbol.get(quote.symbol) ?? new Map<string, MutableEntry>();
    sources.set(quote.source, entry);
    this.#bySymbol.set(quote.symbol, sources);
    return true;
  }

  #remember(history: PricePoint[], quote: Quote): void {
    history.push({ timestamp: quote.timestamp, price: quote.price });
    if (history.length > this.historyMax) history.shift();
  }
}
