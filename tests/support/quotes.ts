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
