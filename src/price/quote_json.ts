import type { Quote } from "./quote.ts";

/**
 * Several quotes as JSON, each once for all who get any of them: whoever wants all takes `joined`, and
 * whoever wants some puts them together from parts.
 */
export interface EncodedQuotes {
  /** The quotes, separated by commas. */
  readonly joined: string;
  /** Where in `joined` each of them ends. */
  readonly ends: Uint32Array;
}

/** A changed quote as it stands in an update of v1. */
export function quoteJson(quote: Quote): string {
  return quoteJsonHead(quote) + quoteJsonTail(quote);
}

/** What is the same for every quote of a symbol and source. */
export function quoteJsonHead({ symbol, source }: Pick<Quote, "symbol" | "source">): string {
  return `{"symbol":${JSON.stringify(symbol)},"source":${JSON.stringify(source)},"price":`;
}

/** The rest. The numbers are finite, so that their own text is JSON. */
export function quoteJsonTail(
  { price, timestamp, timeMs }: Pick<Quote, "price" | "timestamp" | "timeMs">,
): string {
  return `${price},"timestamp":${timestamp},"time":${timeMs}}`;
}

/** Quotes at these positions, separated by commas. */
export function joinSome({ joined, ends }: EncodedQuotes, positions: readonly number[]): string {
  const parts = positions.map((position) => {
    const start = position === 0 ? 0 : (ends[position - 1] ?? 0) + 1;
    return joined.slice(start, ends[position]);
  });
  return parts.join(",");
}

/** Encodes quotes that nobody has encoded yet. */
export function encodeQuotes(quotes: readonly Quote[]): EncodedQuotes {
  const ends = new Uint32Array(quotes.length);
  let joined = "";
  quotes.forEach((quote, position) => {
    joined += (position === 0 ? "" : ",") + quoteJson(quote);
    ends[position] = joined.length;
  });
  return { joined, ends };
}
