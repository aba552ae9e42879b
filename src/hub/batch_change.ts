import type { Book, BookEntry } from "../price/book.ts";
import type { EncodedQuotes } from "../price/quote_json.ts";
import { type Batch, insertTimeMsAt } from "./envelope.ts";
import type { BookChange } from "./replica.ts";

/**
 * The change that a batch made. Clients that get all of it need its JSON alone, so that its entries are
 * looked up when somebody asks for them, and mostly never.
 */
export class BatchChange implements BookChange {
  readonly fromSeq: number;
  readonly seq: number;
  readonly encoded: EncodedQuotes;
  readonly #batch: Batch;
  readonly #book: Book;
  #entries: readonly BookEntry[] | undefined;

  /** @param book has followed the batch */
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

  get insertedAtMs(): number {
    const { numbers, past } = this.#batch;
    let oldestMs = Infinity;
    for (let index = 0; index < numbers.length; index += 1) {
      if (past[index] === 0) oldestMs = Math.min(oldestMs, insertTimeMsAt(this.#batch, index));
    }
    return oldestMs;
  }

  get entries(): readonly BookEntry[] {
    return this.#entries ??= this.#find();
  }

  #find(): BookEntry[] {
    const { numbers, past } = this.#batch;
    const entries: BookEntry[] = [];
    numbers.forEach((number, index) => {
      const entry = this.#book.at(number);
      if (past[index] === 0 && entry !== undefined) entries.push(entry);
    });
    return entries;
  }
}
