import type { PricePoint } from "./price_history.ts";
import { PriceTable, type QuoteNumbers } from "./price_table.ts";
import { isNewer, type Quote, type QuoteNames } from "./quote.ts";

/** What the book holds for one symbol and source: always the newest, whenever it is looked at. */
export interface BookEntry extends QuoteNames {
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

/** One symbol and source: its numbers are in the book's table, and change there. */
class Entry implements BookEntry {
  readonly number: number;
  readonly symbol: string;
  readonly source: string;
  readonly #table: PriceTable;

  constructor(number: number, names: QuoteNames, table: PriceTable) {
    this.number = number;
    this.symbol = names.symbol;
    this.source = names.source;
    this.#table = table;
  }

  get quote(): Quote {
    return { symbol: this.symbol, source: this.source, ...this.#table.numbers(this.number) };
  }

  get seq(): number {
    return this.#table.seq(this.number);
  }

  get history(): readonly PricePoint[] {
    return this.#table.history(this.number);
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
  readonly #table: PriceTable;
  /**
   * The numbers of entries. Sources first: there are few, so that a lookup meets one map that is in use all
   * the time. Numbers, because they lie in the map itself: the entry is not needed to take in a price.
   */
  readonly #bySource = new Map<string, Map<string, number>>();
  readonly #bySymbol = new Map<string, Entry[]>();
  #refused = 0;
  /** Quotes that `apply` has accepted. */
  #accepted = 0;

  constructor(options: BookOptions = {}) {
    this.keysMax = options.keysMax ?? 100_000;
    this.historyMax = options.historyMax ?? 100;
    this.#table = new PriceTable(this.historyMax);
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
    const before = this.#accepted;
    for (const quote of quotes) {
      const number = this.#room(quote);
      if (number === undefined) continue;
      const acceptedAs = this.#table.acceptedAs(number);
      const replaced = acceptedAs > before ? all[acceptedAs - before - 1] : undefined;
      if (replaced !== undefined) replaced.past = true;
      this.#table.write(number, quote, seq);
      this.#table.accept(number, this.#accepted += 1);
      all.push({ quote, number, past: false });
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
    names: () => QuoteNames,
  ): void {
    const size = this.#entries.length;
    if (number === size) this.#insert(names());
    if (number >= this.#entries.length) {
      throw new RangeError(`Cannot follow a book: number must be at most ${size}, is ${number}`);
    }
    this.#table.write(number, numbers, seq);
  }

  /**
   * Takes over another book's entries where they are newer, with their own sequence numbers and
   * history, and returns its own entries that changed.
   */
  merge(entries: Iterable<BookEntry>): BookEntry[] {
    const changed: number[] = [];
    for (const { quote, seq, history } of entries) {
      const number = this.#room(quote);
      if (number === undefined) continue;
      this.#table.forget(number);
      for (const { timestamp, price } of history.slice(0, -1)) {
        this.#table.remember(number, timestamp, price);
      }
      this.#table.write(number, quote, seq);
      changed.push(number);
    }
    return changed.flatMap((number) => this.#entries[number] ?? []);
  }

  /** The entry of the symbol and source that have that number. */
  at(number: number): BookEntry | undefined {
    return this.#entries[number];
  }

  /** The entry of one symbol and source. */
  get(symbol: string, source: string): BookEntry | undefined {
    const number = this.#find(symbol, source);
    return number === undefined ? undefined : this.#entries[number];
  }

  /** All entries, in the order in which their keys first appeared. */
  entries(): Iterable<BookEntry> {
    return this.#entries;
  }

  /** All entries as they are now, and as they can be sent to another isolate. */
  copy(): BookEntry[] {
    return this.#entries.map(({ symbol, source, quote, seq, history }) => ({
      symbol,
      source,
      quote,
      seq,
      history,
    }));
  }

  /** The entries of one symbol, one per source; empty for an unknown symbol. */
  ofSymbol(symbol: string): Iterable<BookEntry> {
    return this.#bySymbol.get(symbol) ?? [];
  }

  #find(symbol: string, source: string): number | undefined {
    return this.#bySource.get(source)?.get(symbol);
  }

  /** The number of where a quote goes that is newer than what is there; `undefined` for any other. */
  #room(quote: Quote): number | undefined {
    const known = this.#find(quote.symbol, quote.source);
    if (known === undefined) return this.#insert(quote);
    return isNewer(quote, this.#table.numbers(known)) ? known : undefined;
  }

  #insert(names: QuoteNames): number | undefined {
    if (this.#entries.length >= this.keysMax) {
      this.#refused += 1;
      return undefined;
    }
    const entry = new Entry(this.#entries.length, names, this.#table);
    this.#entries.push(entry);
    const { symbol, source } = names;
    const ofSource = this.#bySource.get(source) ?? new Map<string, number>();
    this.#bySource.set(source, ofSource.set(symbol, entry.number));
    const ofSymbol = this.#bySymbol.get(symbol) ?? [];
    this.#bySymbol.set(symbol, ofSymbol);
    ofSymbol.push(entry);
    return entry.number;
  }
}
