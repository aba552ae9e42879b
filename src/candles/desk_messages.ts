import type { CandleQuery } from "../db/candle_store.ts";

/** What a worker asks the candle desk. */
export type CandleQuestion =
  | { readonly kind: "candles"; readonly query: CandleQuery }
  | { readonly kind: "days" };

/** From a worker to the desk. */
export interface ToCandleDesk {
  readonly request: number;
  readonly question: CandleQuestion;
  /** Address of who asks; undefined where addresses do not tell clients apart. */
  readonly asker: string | undefined;
}

/**
 * What came of a question. `text` is the answer as JSON, written once for all who ask the same: a string
 * crosses to a worker without being taken apart.
 */
export type CandleAnswer =
  | { readonly kind: "answer"; readonly text: string }
  /** As many questions wait as may, of all or of this asker. */
  | { readonly kind: "busy" }
  /** The database is away, or did not answer in time. */
  | { readonly kind: "unavailable" };

/** From the desk to a worker. */
export interface FromCandleDesk {
  readonly request: number;
  readonly answer: CandleAnswer;
}
