import * as v from "valibot";
import type { ClientQuote } from "../../../src/client/client_quote.ts";

/** Which source's prices a chart shows: the one that is shown by itself, all in one candle, or `=NAME`. */
export type SourceChoice = "auto" | "all" | `=${string}`;

/** Reads a choice that was stored. */
export const sourceChoiceSchema = v.union([
  v.picklist(["auto", "all"]),
  v.custom<`=${string}`>((text) => typeof text === "string" && /^=.{1,64}$/su.test(text)),
]);

/** A source that has been quiet for so long is not shown by itself while another one is heard. */
const QUIET_SECONDS_MAX = 300;

/**
 * The source whose prices are shown; undefined for all together, or while none is known. One that was
 * chosen counts where the symbol has it. Otherwise the first by name of those that are heard, so that
 * every visit shows the same one; it stays as long as the symbol has it, for a chart that changes its
 * source by itself would mislead.
 *
 * @param quotes the newest of each source, by name
 * @param before what was shown by itself until now
 */
export function shownSource(
  choice: SourceChoice,
  quotes: readonly Pick<ClientQuote, "source" | "timestamp">[],
  before: string | undefined,
): string | undefined {
  if (choice === "all") return undefined;
  const has = (name: string | undefined) => quotes.some(({ source }) => source === name);
  const name = choice === "auto" ? undefined : choice.slice(1);
  if (has(name)) return name;
  if (has(before)) return before;
  const newest = quotes.reduce((latest, { timestamp }) => Math.max(latest, timestamp), -Infinity);
  return quotes.find(({ timestamp }) => newest - timestamp <= QUIET_SECONDS_MAX)?.source;
}
