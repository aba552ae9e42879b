import { type Signal, signal } from "@preact/signals";
import type { ClientQuote } from "../../src/client/client_quote.ts";

/** What a card shows. */
export interface RowState {
  readonly quote: ClientQuote;
  /** Changes seen while watching; each makes the card flash. */
  readonly moves: number;
}

/** One symbol from one source: identity that stays, and a state that changes alone. */
export interface PriceRow {
  readonly key: string;
  readonly symbol: string;
  readonly source: string;
  readonly state: Signal<RowState>;
}

/** A row that has not moved yet. */
export function priceRow(key: string, quote: ClientQuote): PriceRow {
  const { symbol, source } = quote;
  return { key, symbol, source, state: signal({ quote, moves: 0 }) };
}

/** Whether a row's symbol or source contains the words that the user typed. */
export function matchesFilter(row: PriceRow, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const text = `${row.symbol} ${row.source}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
