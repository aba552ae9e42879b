import { PriceHistory, type PricePoint } from "./price_history.ts";
import type { Quote } from "./quote.ts";

/** The numbers of a quote. */
export type QuoteNumbers = Omit<Quote, "symbol" | "source">;

/** Numbers of a row: 64 bytes, which a processor fetches from memory in one piece. */
const ROW = 8;
const [PRICE, TIMESTAMP, ID, TIME_MS, OPEN, SEQ, ACCEPTED] = [0, 1, 2, 3, 4, 5, 6] as const;
const ROWS_MIN = 64;

/**
 * The newest numbers and the latest prices of each symbol and source, in rows that a book counts from 0.
 *
 * A table of numbers, because of where the time goes: a busy server takes in thousands of quotes a
 * second, in bursts between which its caches go cold. A quote with an object of its own was some twenty
 * pieces of memory to fetch, which took longer than all that is computed with them; here it is one, and
 * the end of the history's log.
 */
export class PriceTable {
  readonly #history: PriceHistory;
  #rows = new Float64Array(ROWS_MIN * ROW);

  /** @param historyMax latest prices kept in each row */
  constructor(historyMax: number) {
    this.#history = new PriceHistory(historyMax);
  }

  /** Replaces the numbers of a row and adds its price to the history; the oldest goes when there are too many. */
  write(row: number, { price, timestamp, id, timeMs, open }: QuoteNumbers, seq: number): void {
    const at = row * ROW;
    if (at >= this.#rows.length) this.#grow(at);
    const rows = this.#rows;
    rows[at + PRICE] = price;
    rows[at + TIMESTAMP] = timestamp;
    rows[at + ID] = id;
    rows[at + TIME_MS] = timeMs;
    rows[at + OPEN] = open;
    rows[at + SEQ] = seq;
    this.remember(row, timestamp, price);
  }

  /** Adds to the history alone. */
  remember(row: number, timestamp: number, price: number): void {
    this.#history.add(row, timestamp, price);
  }

  /** Empties the history. */
  forget(row: number): void {
    this.#history.forget(row);
  }

  /** The numbers of a row that has been written. */
  numbers(row: number): QuoteNumbers {
    const rows = this.#rows;
    const at = row * ROW;
    return {
      price: rows[at + PRICE] ?? 0,
      timestamp: rows[at + TIMESTAMP] ?? 0,
      id: rows[at + ID] ?? 0,
      timeMs: rows[at + TIME_MS] ?? 0,
      open: rows[at + OPEN] ?? 0,
    };
  }

  /** The sequence number under which a row was written last. */
  seq(row: number): number {
    return this.#rows[row * ROW + SEQ] ?? 0;
  }

  /** What `accept` was last told of a row; 0 before. */
  acceptedAs(row: number): number {
    return this.#rows[row * ROW + ACCEPTED] ?? 0;
  }

  /** Keeps a number for whoever writes. */
  accept(row: number, number: number): void {
    this.#rows[row * ROW + ACCEPTED] = number;
  }

  /** The latest prices of a row, oldest first. */
  history(row: number): PricePoint[] {
    return this.#history.of(row);
  }

  #grow(at: number): void {
    const rows = new Float64Array(Math.max(this.#rows.length * 2, at + ROW));
    rows.set(this.#rows);
    this.#rows = rows;
  }
}
