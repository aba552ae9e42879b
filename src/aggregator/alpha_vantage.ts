import * as v from "valibot";
import { getJson, upstreamText } from "./http_json.ts";
import type { QuoteAnswer, QuoteApi } from "./quote_api.ts";
import { StampClock } from "./stamp_clock.ts";

/** How to reach the API. */
export interface AlphaVantageOptions {
  readonly apiKey: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** @default {10_000} */
  readonly deadlineMs?: number;
}

/** Seconds from a trading day's midnight UTC to when the last American exchange has closed. */
const SESSION_END_SECONDS = 21 * 3600;
const RATE_LIMIT_REGEXP = /rate limit|call frequency|call volume|requests? per|sparingly/i;
const KEY_REGEXP = /api ?key/i;

const quoteSchema = v.object({
  "05. price": v.pipe(
    v.string(),
    v.regex(/^\d+(\.\d+)?$/),
    v.transform(Number),
    v.finite(),
    v.gtValue(0),
  ),
  "07. latest trading day": v.pipe(v.string(), v.isoDate()),
});

/**
 * Every answer comes with status 200. An unknown symbol yields an empty quote. `Note` and `Information`
 * carry prose that tells of a limit, or of a key that may not be used, and that repeats the key.
 */
const answerSchema = v.union([
  v.object({ "Global Quote": v.union([v.strictObject({}), quoteSchema]) }),
  v.object({ "Error Message": v.string() }),
  v.object({ Information: v.string() }),
  v.object({ Note: v.string() }),
]);

/** The quote endpoint of Alpha Vantage (https://www.alphavantage.co/documentation/#latestprice). */
export class AlphaVantage implements QuoteApi {
  readonly name = "alpha_vantage";
  readonly #options: AlphaVantageOptions;
  readonly #clock = new StampClock();

  constructor(options: AlphaVantageOptions) {
    this.#options = options;
  }

  async ask(symbol: string, signal: AbortSignal): Promise<QuoteAnswer> {
    const { apiKey, baseUrl, deadlineMs = 10_000 } = this.#options;
    const url = new URL(`${baseUrl}/query`);
    url.search = `${new URLSearchParams({ function: "GLOBAL_QUOTE", symbol, apikey: apiKey })}`;
    const { status, body } = await getJson({ url, secret: apiKey, deadlineMs, signal });
    if (status === 429) {
      return { kind: "limited", reason: "too many requests, status 429", waitMs: undefined };
    }
    if (status === 401 || status === 403) {
      return this.#refused(`the key is not accepted, status ${status}`);
    }
    if (status !== 200) throw new Error(`Cannot ask ${url.host}: must answer 200, sent ${status}`);
    const answer = v.safeParse(answerSchema, body);
    if (!answer.success) {
      throw new Error(`Cannot read the answer of ${url.host}: must be a GLOBAL_QUOTE document`);
    }
    return this.#interpret(answer.output);
  }

  #interpret(answer: v.InferOutput<typeof answerSchema>): QuoteAnswer {
    if ("Global Quote" in answer) {
      const quote = answer["Global Quote"];
      if (!("05. price" in quote)) return { kind: "unknown", reason: "the answer is empty" };
      const day = quote["07. latest trading day"];
      return {
        kind: "quote",
        price: quote["05. price"],
        timestamp: quoteTime(day, this.#clock.seconds()),
        version: day,
      };
    }
    if ("Error Message" in answer) {
      const text = answer["Error Message"];
      if (KEY_REGEXP.test(text)) return this.#refused(text);
      return { kind: "unknown", reason: this.#clean(text) };
    }
    const text = "Note" in answer ? answer.Note : answer.Information;
    // Texts about limits mention the key as well, so the limit is looked for first.
    if (!RATE_LIMIT_REGEXP.test(text) && KEY_REGEXP.test(text)) {
      return this.#refused(text);
    }
    return { kind: "limited", reason: this.#clean(text), waitMs: undefined };
  }

  #refused(text: string): QuoteAnswer {
    return { kind: "refused", reason: `${this.#clean(text)}; check ALPHA_VANTAGE_API_KEY` };
  }

  #clean(text: string): string {
    return upstreamText(text, this.#options.apiKey);
  }
}

/** The answer names only the trading day: during it the price is of now, afterwards of its end. */
function quoteTime(day: string, nowSeconds: number): number {
  return Math.min(nowSeconds, Date.parse(`${day}T00:00:00Z`) / 1000 + SESSION_END_SECONDS);
}
