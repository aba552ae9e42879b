const WARM_UP_ROUNDS = 15;

/**
 * Random numbers that a seed determines: sfc32, the 32-bit generator of Chris Doty-Humphrey's PractRand
 * (https://pracrand.sourceforge.net/RNG_engines.txt), with a counter that keeps its period above 2^32
 * for every seed. For simulations; not for secrets.
 */
export class Random {
  #a: number;
  #b = 0;
  #c = 0;
  #counter = 1;
  #spareNormal: number | undefined;

  /** @param seed a whole number from 0 to 2^32 - 1 */
  constructor(seed: number) {
    this.#a = seed | 0;
    for (let i = 0; i < WARM_UP_ROUNDS; i += 1) this.#next();
  }

  /** Evenly distributed from 0 up to, but not including, 1. */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  /** From the standard normal distribution, by Marsaglia's polar method, which yields them in pairs. */
  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== undefined) {
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt(-2 * Math.log(square) / square);
      this.#spareNormal = y * scale;
      return x * scale;
    }
  }

  /** The next 32 bits as a whole number of at least 0. */
  #next(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
