import type { Book } from "../price/book.ts";
import type { Quote } from "../price/quote.ts";
import type { EncodedQuotes } from "../price/quote_json.ts";
import { type Batch, numbersAt } from "./envelope.ts";
import type { BookChange } from "./replica.ts";

/**
 * The change that a batch made. Clients that get all of it need its JSON alone, so that its quotes are
 * made when somebody asks for them, and mostly never.
 */
export class BatchChange implements BookChange {
  readonly fromSeq: number;
  readonly seq: number;
  readonly encoded: EncodedQuotes;
  readonly #batch: Batch;
  readonly #book: Book;
  #quotes: readonly Quote[] | undefined;

  /** @param book has the batch's symbols and sources */
  constructor(batch: Batch, fromSeq: number, book: Book) {
    this.#batch = batch;
    this.#book = book;
    this.fromSeq = fromSeq;
    this.seq = batch.seq;
    this.encoded = batch.encoded;
  }

  get count(): number {
    return this.encoded.ends.length;
  }

  get quotes(): readonly Quote[] {
    return this.#quotes ??= this.#make();
  }

  #make(): Quote[] {
    const { numbers, past } = this.#batch;
    const quotes: Quote[] = [];
    numbers.forEach((number, index) => {
      const names = this.#book.at(number);
      if (past[index] === 1 || names === undefined) return;
      const { symbol, source } = names;
      quotes.push({ symbol, source, ...numbersAt(this.#batch, index) });
    });
    return quotes;
  }
}
