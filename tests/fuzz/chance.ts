import { Random } from "../../src/aggregator/random.ts";

const SEED_END = 2 ** 32;
/** Numbers at which something may change: lengths of frames, of messages, and what numbers can hold. */
const EDGES = [0, 1, 2, 124, 125, 126, 127, 128, 65_535, 65_536, 65_537, 2 ** 31, 2 ** 32, 2 ** 53];

/** Choices that a seed determines. */
export class Chance {
  /** The largest seed. */
  static readonly SEED_MAX: number = SEED_END - 1;
  readonly #random: Random;

  /** @param seed a whole number from 0 to 2^32 - 1 */
  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** A seed that nobody chose. */
  static freshSeed(): number {
    return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  }

  /** The seed of one of many runs, so that each can be repeated without the others. */
  static seedOf(seed: number, index: number): number {
    return new Random((seed + Math.imul(index, 0x9e3779b1)) >>> 0).below(SEED_END);
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.#random.below(100) < share;
  }

  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number {
    return this.#random.below(end);
  }

  pick<T>(from: readonly T[]): T {
    for (const item of from.slice(this.#random.below(from.length))) return item;
    throw new RangeError("Cannot pick: must be given something, is given nothing");
  }

  /** A number that something might stumble over. */
  edge(): number {
    return this.pick([...EDGES, -1, 1.5, 1e308, this.below(SEED_END)]);
  }

  /** Any bytes; few in most cases. */
  bytes(countMax: number): Uint8Array<ArrayBuffer> {
    const count = this.percent(80) ? this.below(Math.min(countMax, 200)) : this.below(countMax);
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}
