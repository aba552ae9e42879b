import type { Accepted } from "../price/book.ts";
import type { Quote, QuoteNames } from "../price/quote.ts";
import { encodeWithHeads, quoteJsonHead } from "../price/quote_json.ts";
import { type Batch, NUMBERS_PER_QUOTE } from "./envelope.ts";

/**
 * Puts batches together. Most of a batch are numbers, in arrays that cross to another isolate as one
 * block of memory each, and the JSON that clients get, written once for all isolates: objects would be
 * taken apart and put together again for every one of them.
 */
export class BatchBuilder {
  readonly #epoch: string;
  /** The unchanging part of the JSON, by number of the symbol and source; what is here has been named. */
  readonly #heads: string[];

  /** @param known symbols and sources that receivers have the numbers of already, in their order */
  constructor(epoch: string, known: Iterable<QuoteNames> = []) {
    this.#epoch = epoch;
    this.#heads = Array.from(known, quoteJsonHead);
  }

  /** A batch of what the publisher's book has accepted, in that order. */
  build(accepted: readonly Accepted[], seq: number): Batch {
    const names = this.#nameNew(accepted);
    const numbers = new Uint32Array(accepted.length);
    const values = new Float64Array(accepted.length * NUMBERS_PER_QUOTE);
    const past = new Uint8Array(accepted.length);
    const [quotes, heads]: [Quote[], string[]] = [[], []];
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
      quotes.push(quote);
      heads.push(this.#heads[number] ?? quoteJsonHead(quote));
    });
    const encoded = encodeWithHeads(quotes, heads);
    return { kind: "batch", epoch: this.#epoch, seq, numbers, values, past, names, encoded };
  }

  /** Symbol and source, one after the other, of what receivers do not know yet. */
  #nameNew(accepted: readonly Accepted[]): string[] {
    const names: string[] = [];
    for (const { number, quote } of accepted) {
      if (number !== this.#heads.length) continue;
      this.#heads.push(quoteJsonHead(quote));
      names.push(quote.symbol, quote.source);
    }
    return names;
  }
}
