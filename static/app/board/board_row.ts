import type { ClientQuote } from "../../../src/client/client_quote.ts";
import { changeOf } from "../../../src/client/quote_format.ts";
import { utcDay } from "../../../src/price/quote.ts";
import type { DayRange } from "./day_range.ts";

/** What shows a row on the screen. */
export interface RowView {
  /** Brings the screen up to date with the row; touches only what differs. */
  paint(): void;
}

/**
 * One symbol from one source. It is changed in place, because most changes are of rows that nobody sees:
 * they cost an assignment, and nothing is drawn.
 */
export interface BoardRow {
  readonly key: string;
  /** Names its elements; unique on the page. */
  readonly id: string;
  readonly symbol: string;
  readonly source: string;
  /** What search looks into: symbol and source in lower case. */
  readonly words: string;
  quote: ClientQuote;
  /** The day's extremes; undefined while they are not known. */
  range: DayRange | undefined;
  /** While it is in view. */
  view: RowView | undefined;
}

/** A row that is not shown yet. */
export function boardRow(key: string, id: string, quote: ClientQuote): BoardRow {
  const { symbol, source } = quote;
  const words = `${symbol} ${source}`.toLowerCase();
  return { key, id, symbol, source, words, quote, range: undefined, view: undefined };
}

/** Whether a row's symbol or source contains the words that the user typed. */
export function matchesSearch(row: Pick<BoardRow, "words">, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return words.every((word) => row.words.includes(word));
}

/** The first price of the day: the table's own, or else the one that the feed told. */
export function openOf({ quote, range }: Pick<BoardRow, "quote" | "range">): number {
  const isToday = range?.day === utcDay(quote.timestamp);
  return isToday ? range.open ?? quote.open : quote.open;
}

/** A row's change since its day began. */
export function rowChange(
  row: Pick<BoardRow, "quote" | "range">,
): { readonly amount: number; readonly ratio: number } {
  return changeOf({ price: row.quote.price, open: openOf(row) });
}
