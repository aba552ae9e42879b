import { QuoteFormat } from "../../src/client/quote_format.ts";

/** Figures and times as the user's browser writes them. */
export const format: QuoteFormat = new QuoteFormat();
