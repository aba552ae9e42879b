import type { Accepted } from "../price/book.ts";
import type { QuoteNames } from "../price/quote.ts";
import { quoteJsonHead, QuotesEncoder } from "../price/quote_json.ts";
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

  /** A batch of what the publisher's book has accepted, in that order. It names what receivers do not know yet. */
  build(accepted: readonly Accepted[], seq: number): Batch {
    const numbers = new Uint32Array(accepted.length);
    const values = new Float64Array(accepted.length * NUMBERS_PER_QUOTE);
    const past = new Uint8Array(accepted.length);
    const names: string[] = [];
    const encoder = new QuotesEncoder(accepted.length);
    let index = 0;
    for (const { quote, number, past: isPast } of accepted) {
      if (number === this.#heads.length) {
        this.#heads.push(quoteJsonHead(quote));
        names.push(quote.symbol, quote.source);
      }
      numbers[index] = number;
      const at = index * NUMBERS_PER_QUOTE;
      values[at] = quote.price;
      values[at + 1] = quote.timestamp;
      values[at + 2] = quote.id;
      values[at + 3] = quote.timeMs;
      values[at + 4] = quote.open;
      if (isPast) past[index] = 1;
      else encoder.add(this.#heads[number] ?? quoteJsonHead(quote), quote);
      index += 1;
    }
    const encoded = encoder.finish();
    return { kind: "batch", epoch: this.#epoch, seq, numbers, values, past, names, encoded };
  }
}
