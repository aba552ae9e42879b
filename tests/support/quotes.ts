import type { BookChange } from "../../src/hub/replica.ts";
import type { Book } from "../../src/price/book.ts";
import type { Quote } from "../../src/price/quote.ts";

/** A valid quote of symbol "A" from source "x", with whatever a test wants different. */
export function aQuote(different: Partial<Quote> = {}): Quote {
  return {
    symbol: "A",
    source: "x",
    price: 1,
    timestamp: 100,
    id: 1,
    timeMs: 100_000,
    open: 1,
    ...different,
  };
}

/** Lets a book take quotes, newer with each `seq`, and returns what sessions are told of it. */
export function changeOf(book: Book, seq: number, quotes: readonly Quote[]): BookChange {
  const accepted = book.apply(
    quotes.map((quote) => ({ ...quote, timestamp: quote.timestamp + seq })),
    seq,
  );
  const entries = accepted.flatMap(({ number }) => book.at(number) ?? []);
  return { entries, count: entries.length, fromSeq: seq - 1, seq };
}
