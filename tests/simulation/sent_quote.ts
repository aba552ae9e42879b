import { isNewer, quoteKey, utcDay } from "../../src/price/quote.ts";
import type { WireQuote } from "../../src/session/protocol.ts";
import type { StoredRow, Table } from "./table.ts";

/** What a client is sent for a row of the table, or why no row can have become that. */
export type SentQuote =
  | { readonly ok: true; readonly row: StoredRow }
  | { readonly ok: false; readonly fault: string };

/** Finds the row of a quote, and holds everything that the quote says to the table. */
export function sentQuote(quote: WireQuote, table: Table): SentQuote {
  const row = rowOf(quote, quote.price, table);
  if (row === undefined) {
    return fault(`must be sent prices of the table, is sent ${quote.price} for ${quote.symbol}`);
  }
  if (quote.timestamp !== row.timestamp || quote.time !== row.timeMs) {
    return fault(`must be sent the times of row ${row.id}, is sent ${quote.timestamp}`);
  }
  const open = rowOf(quote, quote.open ?? quote.price, table);
  const isOfDay = open !== undefined && utcDay(open.timestamp) === utcDay(row.timestamp);
  if (!isOfDay || (quote.open !== undefined && !table.hasOpened(open))) {
    return fault(`must be sent the first price of the day of row ${row.id}, is sent ${quote.open}`);
  }
  const past = quote.history?.map(([, price]) => rowOf(quote, price, table)) ?? [row];
  const isRising = past.every((one, index) => {
    const before = past[index - 1];
    return one !== undefined && (before === undefined || isNewer(one, before));
  });
  if (isRising && past.at(-1) === row) return { ok: true, row };
  return fault(`must be sent the prices up to row ${row.id}, is sent ${quote.history}`);
}

function rowOf({ symbol, source }: WireQuote, price: number, table: Table): StoredRow | undefined {
  const row = table.rowOf(price);
  const isIts = row !== undefined && quoteKey(row.symbol, row.source) === quoteKey(symbol, source);
  return isIts ? row : undefined;
}

function fault(text: string): SentQuote {
  return { ok: false, fault: text };
}
