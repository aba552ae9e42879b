import type { Accepted } from "../price/book.ts";
import { quoteJsonHead, quoteJsonTail } from "../price/quote_json.ts";
import { type Batch, NUMBERS_PER_QUOTE } from "./envelope.ts";

/**
 * Puts batches together. Most of a batch are numbers, in arrays that cross to another isolate as one
 * block of memory each, and the JSON that clients get, written once for all isolates: objects would be
 * taken apart and put together again for every one of them.
 */
export class BatchBuilder {
  readonly #epoch: string;
  /** The unchanging part of the JSON, by number of the symbol and source; what is here has been named. */
  readonly #heads: string[] = [];
  #accepted: Accepted[] = [];
  #names: string[] = [];

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** Quotes in the next batch so far. */
  get size(): number {
    return this.#accepted.length;
  }

  /** Adds what the publisher's book has accepted, in that order. */
  add(accepted: readonly Accepted[]): void {
    for (const one of accepted) {
      if (one.number === this.#heads.length) {
        this.#heads.push(quoteJsonHead(one.quote));
        this.#names.push(one.quote.symbol, one.quote.source);
      }
      this.#accepted.push(one);
    }
  }

  /** Everything that was added since the last call. */
  build(seq: number): Batch {
    const accepted = this.#accepted;
    const names = this.#names;
    this.#accepted = [];
    this.#names = [];
    const numbers = new Uint32Array(accepted.length);
    const values = new Float64Array(accepted.length * NUMBERS_PER_QUOTE);
    const past = new Uint8Array(accepted.length);
    const ends = new Uint32Array(accepted.filter((one) => !one.past).length);
    let joined = "";
    let delivered = 0;
    accepted.forEach(({ quote, number, past: isPast }, index) => {
      numbers[index] = number;
      const at = index * NUMBERS_PER_QUOTE;
      values[at] = quote.price;
      values[at + 1] = quote.timestamp;
      values[at + 2] = quote.id;
      values[at + 3] = quote.timeMs;
      values[at + 4] = quote.open;
      if (isPast) {
        past[index] = 1;
        return;
      }
      const json = (this.#heads[number] ?? quoteJsonHead(quote)) + quoteJsonTail(quote);
      joined += delivered === 0 ? json : `,${json}`;
      ends[delivered] = joined.length;
      delivered += 1;
    });
    const encoded = { joined, ends };
    return { kind: "batch", epoch: this.#epoch, seq, numbers, values, past, names, encoded };
  }
}
