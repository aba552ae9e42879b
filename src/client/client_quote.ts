import type { PricePoint } from "../price/price_history.ts";
import { utcDay } from "../price/quote.ts";
import type { WireQuote } from "../session/protocol.ts";

/** The newest price of one symbol from one source, as a client knows it. Never changed in place. */
export interface ClientQuote {
  /** Untrusted text. */
  readonly symbol: string;
  /** Who reported the price; untrusted text. */
  readonly source: string;
  /** In whatever unit the source states it. */
  readonly price: number;
  /** When the price was valid, in unix seconds. */
  readonly timestamp: number;
  /** When it reached the database, in milliseconds since the unix epoch. */
  readonly timeMs: number;
  /**
   * First price of the UTC day: as the server stated it, or else the first that this client saw of a
   * new day or of a new symbol.
   */
  readonly open: number;
  /** The price that this one replaced, if one is known. */
  readonly previousPrice: number | undefined;
  /** Newest prices, oldest first, this one last; at most as many as the subscription asked for. */
  readonly history: readonly PricePoint[];
}

/**
 * What a client knows after `wire` has arrived, or `undefined` when that is nothing new: an earlier
 * timestamp, or the same price told again. The wire carries no row id, so of two equal timestamps the
 * later arrival wins; the server sends them in order.
 */
export function nextQuote(
  known: ClientQuote | undefined,
  wire: WireQuote,
  historyMax: number,
): ClientQuote | undefined {
  if (known !== undefined && wire.timestamp < known.timestamp) return undefined;
  const told = wire.history?.map(([timestamp, price]) => ({ timestamp, price }));
  if (known !== undefined && isSamePrice(wire, known)) {
    if (told === undefined && (wire.open ?? known.open) === known.open) return undefined;
    const history = told === undefined ? known.history : newest(told, historyMax);
    return { ...known, open: wire.open ?? known.open, history };
  }
  const point = { timestamp: wire.timestamp, price: wire.price };
  const history = newest(told ?? [...known?.history ?? [], point], historyMax);
  return {
    symbol: wire.symbol,
    source: wire.source,
    price: wire.price,
    timestamp: wire.timestamp,
    timeMs: wire.time,
    open: openOf(wire, known),
    previousPrice: known?.price ?? history.at(-2)?.price,
    history,
  };
}

/** Orders quotes by symbol, then source, the same everywhere. */
export function compareQuotes(
  a: Pick<ClientQuote, "symbol" | "source">,
  b: Pick<ClientQuote, "symbol" | "source">,
): number {
  return compareText(a.symbol, b.symbol) || compareText(a.source, b.source);
}

function newest(points: readonly PricePoint[], max: number): readonly PricePoint[] {
  return max === 0 ? [] : points.slice(-max);
}

function isSamePrice(wire: WireQuote, known: ClientQuote): boolean {
  return wire.timestamp === known.timestamp && wire.time === known.timeMs &&
    wire.price === known.price;
}

function openOf(wire: WireQuote, known: ClientQuote | undefined): number {
  if (wire.open !== undefined) return wire.open;
  const sameDay = known !== undefined && utcDay(known.timestamp) === utcDay(wire.timestamp);
  return sameDay ? known.open : wire.price;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
