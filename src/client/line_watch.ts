import { quoteKey } from "../price/quote.ts";
import type { ClientQuote } from "./client_quote.ts";
import type { FeedClient } from "./feed_client.ts";
import { changeOf, isoTime } from "./quote_format.ts";
import { printable } from "./terminal_text.ts";

/**
 * Prints one line for each price that is new, for pipes and files: time, symbol, source, price, and
 * change against the day's opening price, separated by tabs.
 *
 * @returns the function that stops printing
 */
export function printChanges(client: FeedClient, print: (line: string) => void): () => void {
  let printed = new Map<string, ClientQuote>();
  const printNew = (quote: ClientQuote) => {
    const key = quoteKey(quote.symbol, quote.source);
    const before = printed.get(key);
    printed.set(key, quote);
    // After a reconnection the whole book comes again, and most of it is known.
    if (before?.timestamp === quote.timestamp && before.price === quote.price) return;
    print(quoteLine(quote));
  };
  const removers = [
    client.on("snapshot", ({ quotes }) => {
      const before = printed;
      printed = new Map();
      for (const quote of quotes) {
        const key = quoteKey(quote.symbol, quote.source);
        const known = before.get(key);
        if (known !== undefined) printed.set(key, known);
        printNew(quote);
      }
    }),
    client.on("update", ({ quotes }) => quotes.forEach(printNew)),
  ];
  return () => removers.forEach((remove) => remove());
}

/** One price as a line without its end. */
export function quoteLine(quote: ClientQuote): string {
  const percent = changeOf(quote).ratio * 100;
  const sign = percent > 0 ? "+" : "";
  return [
    isoTime(quote.timestamp) ?? String(quote.timestamp),
    printable(quote.symbol),
    printable(quote.source),
    String(quote.price),
    `${sign}${percent.toFixed(2)}%`,
  ].join("\t");
}
