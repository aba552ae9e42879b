/** One past price of a symbol and source. */
export interface PricePoint {
  /** Unix seconds, as the writer stated them. */
  readonly timestamp: number;
  /** Finite and above 0. */
  readonly price: number;
}

/** Numbers of a point: its timestamp and its price. */
const POINT = 2;
/** Rows whose points are allocated together; what of it was never written takes no room. */
const BLOCK_ROWS = 64;
const ROWS_MIN = 64;
/** Numbers of a point in the log: its row, its timestamp and its price. */
const LOGGED = 3;
const LOGGED_MAX = 4096;

/**
 * The latest prices of each row of a `PriceTable`.
 *
 * A price is first written to a log, and goes to its row when somebody asks for a history, or when the log is
 * full. Rows are far apart, and between two bursts of prices caches go cold: each price would wait for a piece
 * of memory of its own. From a full log a row takes several, and the processor fetches the next rows meanwhile.
 */
export class PriceHistory {
  readonly #pointsMax: number;
  readonly #blocks: Float64Array[] = [];
  /** How many points each row has been given. */
  #counts = new Float64Array(ROWS_MIN);
  readonly #log = new Float64Array(LOGGED_MAX * LOGGED);
  #logged = 0;

  /** @param pointsMax latest prices kept of each row */
  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  /** Adds a row's next price; its oldest goes when there are too many. */
  add(row: number, timestamp: number, price: number): void {
    if (this.#pointsMax === 0) return;
    if (this.#logged === LOGGED_MAX) this.#settle();
    const at = this.#logged * LOGGED;
    this.#log[at] = row;
    this.#log[at + 1] = timestamp;
    this.#log[at + 2] = price;
    this.#logged += 1;
  }

  /** Empties a row. */
  forget(row: number): void {
    this.#settle();
    if (row < this.#counts.length) this.#counts[row] = 0;
  }

  /** The latest prices of a row, oldest first. */
  of(row: number): PricePoint[] {
    this.#settle();
    const count = this.#counts[row] ?? 0;
    const block = this.#block(row);
    const length = Math.min(count, this.#pointsMax);
    return Array.from({ length }, (_, index) => {
      const place = this.#place(row, count - length + index);
      return { timestamp: block[place] ?? 0, price: block[place + 1] ?? 0 };
    });
  }

  /** Takes what is in the log to its rows. */
  #settle(): void {
    const log = this.#log;
    const end = this.#logged * LOGGED;
    for (let at = 0; at < end; at += LOGGED) {
      const row = log[at] ?? 0;
      if (row >= this.#counts.length) this.#grow(row);
      const count = this.#counts[row] ?? 0;
      const block = this.#block(row);
      const place = this.#place(row, count);
      block[place] = log[at + 1] ?? 0;
      block[place + 1] = log[at + 2] ?? 0;
      this.#counts[row] = count + 1;
    }
    this.#logged = 0;
  }

  #block(row: number): Float64Array {
    const number = Math.floor(row / BLOCK_ROWS);
    return this.#blocks[number] ??= new Float64Array(BLOCK_ROWS * this.#pointsMax * POINT);
  }

  /** Where in its block the row's price is that was given to it as that many-th. */
  #place(row: number, count: number): number {
    return ((row % BLOCK_ROWS) * this.#pointsMax + count % this.#pointsMax) * POINT;
  }

  #grow(row: number): void {
    const counts = new Float64Array(Math.max(this.#counts.length * 2, row + 1));
    counts.set(this.#counts);
    this.#counts = counts;
  }
}
