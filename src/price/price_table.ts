import type { Quote } from "./quote.ts";

/** The numbers of a quote. */
export type QuoteNumbers = Omit<Quote, "symbol" | "source">;

/** One past price of a symbol and source. */
export interface PricePoint {
  /** Unix seconds, as the writer stated them. */
  readonly timestamp: number;
  /** Finite and above 0. */
  readonly price: number;
}

/** Numbers of a row: 64 bytes, which a processor fetches from memory in one piece. */
const ROW = 8;
const [PRICE, TIMESTAMP, ID, TIME_MS, OPEN, SEQ, POINTS, ACCEPTED] = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
] as const;
/** Numbers of a past price: its timestamp and itself. */
const POINT = 2;
const ROWS_MIN = 64;
/** Rows whose history is allocated together; what of it was never written takes no room. */
const BLOCK_ROWS = 64;

/**
 * The newest numbers and the latest prices of each symbol and source, in rows that a book counts from 0.
 *
 * A table of numbers, because of where the time goes: a busy server takes in thousands of quotes a
 * second, in bursts between which its caches go cold. A quote with an object of its own was some twenty
 * pieces of memory to fetch, which took longer than all that is computed with them; here it is two.
 */
export class PriceTable {
  readonly #historyMax: number;
  readonly #history: Float64Array[] = [];
  #rows = new Float64Array(ROWS_MIN * ROW);

  /** @param historyMax latest prices kept in each row */
  constructor(historyMax: number) {
    this.#historyMax = historyMax;
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
    if (this.#historyMax === 0) return;
    const at = row * ROW + POINTS;
    if (at >= this.#rows.length) this.#grow(at);
    const points = this.#rows[at] ?? 0;
    const block = this.#block(row);
    const place = this.#place(row, points);
    block[place] = timestamp;
    block[place + 1] = price;
    this.#rows[at] = points + 1;
  }

  /** Empties the history. */
  forget(row: number): void {
    const at = row * ROW + POINTS;
    if (at < this.#rows.length) this.#rows[at] = 0;
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
    const points = this.#rows[row * ROW + POINTS] ?? 0;
    const block = this.#block(row);
    const length = Math.min(points, this.#historyMax);
    return Array.from({ length }, (_, index) => {
      const place = this.#place(row, points - length + index);
      return { timestamp: block[place] ?? 0, price: block[place + 1] ?? 0 };
    });
  }

  #block(row: number): Float64Array {
    const number = Math.floor(row / BLOCK_ROWS);
    return this.#history[number] ??= new Float64Array(BLOCK_ROWS * this.#historyMax * POINT);
  }

  /** Where in its block the row's price is that was remembered as that many-th. */
  #place(row: number, point: number): number {
    return ((row % BLOCK_ROWS) * this.#historyMax + point % this.#historyMax) * POINT;
  }

  #grow(at: number): void {
    const rows = new Float64Array(Math.max(this.#rows.length * 2, at + ROW));
    rows.set(this.#rows);
    this.#rows = rows;
  }
}
