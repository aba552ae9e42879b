/** How often each subscriber is hashed, and into how many cells. */
const HASHES = 4;
const CELLS = 16_384;
const ROW_CELLS = HASHES * CELLS;
/** The seed of each hash stands before the rows. */
const HEADER_CELLS = HASHES;

/**
 * How much of something each subscriber has, such as open sockets, over all workers, in memory that they
 * share: a count-min sketch (Cormode and Muthukrishnan, 2005), whose size does not depend on how many
 * subscribers there are.
 * A count is never too low. It is too high only where another subscriber shares all four cells; the hashes
 * are seeded anew in each process, so that nobody can aim at somebody else's.
 */
export class AddressCounts {
  /** Hand this to another isolate and wrap it there with `new AddressCounts(rows, buffer)`. */
  readonly buffer: SharedArrayBuffer;
  readonly #rows: number;
  readonly #seeds: Int32Array;
  readonly #cells: Int32Array;

  /** @param rows one per worker, each written by that worker alone */
  constructor(rows: number, buffer?: SharedArrayBuffer) {
    const bytes = (HEADER_CELLS + rows * ROW_CELLS) * Int32Array.BYTES_PER_ELEMENT;
    this.buffer = buffer ?? new SharedArrayBuffer(bytes);
    this.#rows = rows;
    this.#seeds = new Int32Array(this.buffer, 0, HASHES);
    this.#cells = new Int32Array(this.buffer, this.#seeds.byteLength);
    // Random values cannot be written to shared memory directly.
    if (buffer === undefined) this.#seeds.set(crypto.getRandomValues(new Int32Array(HASHES)));
  }

  /** What the subscriber has on any worker. */
  count(subscriber: string): number {
    const counts = this.#cellsOf(subscriber).map((cell) => {
      let sum = 0;
      for (let row = 0; row < this.#rows; row++) {
        sum += Atomics.load(this.#cells, row * ROW_CELLS + cell);
      }
      return sum;
    });
    return Math.min(...counts);
  }

  /** Counts what worker number `row` has taken in (above 0) or let go (below). */
  add(row: number, subscriber: string, amount: number): void {
    for (const cell of this.#cellsOf(subscriber)) {
      Atomics.add(this.#cells, row * ROW_CELLS + cell, amount);
    }
  }

  /** Forgets what a worker had that is gone. */
  clear(row: number): void {
    this.#cells.fill(0, row * ROW_CELLS, (row + 1) * ROW_CELLS);
  }

  #cellsOf(subscriber: string): number[] {
    return [...this.#seeds].map((seed, hash) => hash * CELLS + hashOf(subscriber, seed) % CELLS);
  }
}

/** FNV-1a from a seed, and the last mixing of MurmurHash3 to make every bit depend on it. */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
