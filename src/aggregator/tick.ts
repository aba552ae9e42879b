import type { NewPriceRow } from "../db/price_writer.ts";

/** One price of one symbol on its way from a source into the table. */
export type Tick = NewPriceRow;

const NAME_LENGTH_MAX = 32;

/**
 * Says what keeps a tick out of the table, or `undefined` when nothing does. Postgres checks the same;
 * to know it beforehand keeps one bad tick from making a whole statement fail.
 */
export function tickFault(tick: Tick): string | undefined {
  if (!isName(tick.symbol)) return `symbol must have 1 to 32 characters, is ${show(tick.symbol)}`;
  if (!isName(tick.source)) return `source must have 1 to 32 characters, is ${show(tick.source)}`;
  if (!Number.isFinite(tick.price) || tick.price <= 0) {
    return `price must be a finite number above 0, is ${tick.price}`;
  }
  if (!Number.isSafeInteger(tick.timestamp)) {
    return `timestamp must be whole unix seconds, is ${tick.timestamp}`;
  }
  return undefined;
}

/** NUL is a character to JavaScript, but Postgres cannot store it. */
function isName(text: string): boolean {
  return text.length >= 1 && text.length <= NAME_LENGTH_MAX && !text.includes("\0");
}

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
