/** One past price of a symbol and source. */
export interface PricePoint {
  /** Unix seconds, as the writer stated them. */
  readonly timestamp: number;
  /** Finite and above 0. */
  readonly price: number;
}

const CAPACITY_MIN = 8;

/**
 * The newest prices of one symbol and source, up to a maximum. A ring of numbers: objects, one for each
 * price that comes, would be most of what a busy server leaves to its garbage collector.
 */
export class PriceHistory {
  readonly #lengthMax: number;
  #timestamps: Float64Array;
  #prices: Float64Array;
  #length = 0;
  /** Where the oldest is, once the ring is full. */
  #start = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
    const capacity = Math.min(CAPACITY_MIN, lengthMax);
    this.#timestamps = new Float64Array(capacity);
    this.#prices = new Float64Array(capacity);
  }

  /** Adds the newest; the oldest goes when there are too many. */
  push(timestamp: number, price: number): void {
    if (this.#lengthMax === 0) return;
    if (this.#length === this.#prices.length && this.#length < this.#lengthMax) this.#grow();
    const full = this.#length === this.#lengthMax;
    const at = full ? this.#start : this.#length;
    this.#timestamps[at] = timestamp;
    this.#prices[at] = price;
    if (full) this.#start = (this.#start + 1) % this.#lengthMax;
    else this.#length += 1;
  }

  /** Oldest first. */
  points(): PricePoint[] {
    return Array.from({ length: this.#length }, (_, index) => {
      const at = (this.#start + index) % this.#length;
      return { timestamp: this.#timestamps[at] ?? 0, price: this.#prices[at] ?? 0 };
    });
  }

  #grow(): void {
    const capacity = Math.min(this.#length * 2, this.#lengthMax);
    const [timestamps, prices] = [new Float64Array(capacity), new Float64Array(capacity)];
    timestamps.set(this.#timestamps);
    prices.set(this.#prices);
    this.#timestamps = timestamps;
    this.#prices = prices;
  }
}
