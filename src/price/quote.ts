/** The newest known price of one symbol from one source, as one row of `stock_prices` states it. */
export interface Quote {
  /** 1 to 32 characters; untrusted text, because it comes from the table. */
  readonly symbol: string;
  /** Who reported the price, 1 to 32 characters; untrusted text. */
  readonly source: string;
  /** Finite and above 0. */
  readonly price: number;
  /** When the price was valid, in unix seconds, as the writer stated it. */
  readonly timestamp: number;
  /** The row's id: decides between two rows with the same timestamp. */
  readonly id: number;
  /** When the row was inserted, in milliseconds since the unix epoch. */
  readonly timeMs: number;
  /** First price of the quote's UTC day for this symbol and source. */
  readonly open: number;
}

/** What a newer quote has in common with the one that it replaces. */
export type QuoteNames = Pick<Quote, "symbol" | "source">;

/** Identifies the price that a newer quote replaces: one symbol from one source. */
export type QuoteKey = string;

const DAY_SECONDS = 86_400;

/** Builds the key of a symbol and source. NUL cannot occur in a Postgres text, so keys never collide. */
export function quoteKey(symbol: string, source: string): QuoteKey {
  return `${symbol}\0${source}`;
}

/**
 * Tells whether `a` replaces `b`: a later timestamp wins, and of equal timestamps the later row id.
 * This total order is what keeps a price from ever going back in time, in whatever order rows arrive.
 */
export function isNewer(
  a: Pick<Quote, "timestamp" | "id">,
  b: Pick<Quote, "timestamp" | "id">,
): boolean {
  return a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.id > b.id);
}

/** Number of the UTC day that a unix timestamp in seconds falls into; days are what `open` is reset by. */
export function utcDay(timestamp: number): number {
  return Math.floor(timestamp / DAY_SECONDS);
}
