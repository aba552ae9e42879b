import type { ClientQuote } from "../../../src/client/client_quote.ts";
import type { Health } from "../../../src/client/health.ts";
import { changeOf, type QuoteFormat } from "../../../src/client/quote_format.ts";
import { utcDay } from "../../../src/price/quote.ts";

/**
 * The board in three sentences, for those who listen rather than look: how far it can be trusted, how
 * many prices rose and fell since the day's open, and which moved most.
 *
 * @param today number of the UTC day: prices of earlier ones have not moved today
 */
export function marketSummary(
  quotes: readonly ClientQuote[],
  health: Health,
  format: QuoteFormat,
  today: number,
): string {
  const state = health.detail === "" ? `${health.label}.` : `${health.label}: ${health.detail}`;
  if (quotes.length === 0) return `${state} There are no prices.`;
  const current = quotes.filter(({ timestamp }) => utcDay(timestamp) >= today);
  const past = quotes.length - current.length;
  const moves = current.map((quote) => ({ quote, ratio: changeOf(quote).ratio }));
  const up = moves.filter(({ ratio }) => ratio > 0);
  const down = moves.filter(({ ratio }) => ratio < 0);
  const flat = moves.length - up.length - down.length;
  const counts = `Of ${quotes.length} prices ${up.length} are up today, ${down.length} down, ` +
    `${flat} unchanged${past === 0 ? "" : `, ${past} of earlier days`}.`;
  const best = up.toSorted((a, b) => b.ratio - a.ratio)[0];
  const worst = down.toSorted((a, b) => a.ratio - b.ratio)[0];
  const told = (word: string, move: typeof best) =>
    move === undefined ? "" : ` ${word} ${move.quote.symbol}, ${format.percent(move.ratio)} at ` +
      `${format.price(move.quote.price)}.`;
  return `${state} ${counts}${told("Furthest up:", best)}${told("Furthest down:", worst)}`;
}
