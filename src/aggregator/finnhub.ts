import * as v from "valibot";
import { getJson } from "./http_json.ts";
import type { QuoteAnswer, QuoteApi } from "./quote_api.ts";

/** How to reach the API. */
export interface FinnhubOptions {
  readonly apiKey: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** @default {10_000} */
  readonly deadlineMs?: number;
}

const CLOCK_SKEW_SECONDS_MAX = 3600;

/** `c` is the current price and `t` its time; both are 0 for a symbol without data. */
const answerSchema = v.object({
  c: v.pipe(v.number(), v.finite(), v.minValue(0)),
  t: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** The quote endpoint of Finnhub (https://finnhub.io/docs/api/quote). */
export class Finnhub implements QuoteApi {
  readonly name = "finnhub";
  readonly #options: FinnhubOptions;

  constructor(options: FinnhubOptions) {
    this.#options = options;
  }

  async ask(symbol: string, signal: AbortSignal): Promise<QuoteAnswer> {
    const { apiKey, baseUrl, deadlineMs = 10_000 } = this.#options;
    const url = new URL(`${baseUrl}/api/v1/quote`);
    url.search = `${new URLSearchParams({ symbol })}`;
    const { status, headers, body } = await getJson({
      url,
      headers: { "X-Finnhub-Token": apiKey },
      secret: apiKey,
      deadlineMs,
      signal,
    });
    switch (status) {
      case 200:
        return interpret(body, url.host);
      case 401:
        return {
          kind: "refused",
          reason: "the key is not accepted, status 401; check FINNHUB_API_KEY",
        };
      case 403:
        return { kind: "unknown", reason: "not included in the key's plan, status 403" };
      case 429:
        return {
          kind: "limited",
          reason: "too many requests, status 429",
          waitMs: resetWait(headers.get("x-ratelimit-reset")),
        };
      default:
        throw new Error(`Cannot ask ${url.host}: must answer 200, sent ${status}`);
    }
  }
}

function interpret(body: unknown, host: string): QuoteAnswer {
  const answer = v.safeParse(answerSchema, body);
  if (!answer.success) throw new Error(`Cannot read the answer of ${host}: must be a quote`);
  const { c, t } = answer.output;
  if (c === 0 || t === 0) return { kind: "unknown", reason: "price and time are 0" };
  // A time far ahead would hide every later price of the symbol for good.
  if (t > Date.now() / 1000 + CLOCK_SKEW_SECONDS_MAX) {
    throw new Error(`Cannot read the answer of ${host}: time must not lie ahead, is ${t}`);
  }
  return { kind: "quote", price: c, timestamp: t, version: `${t}` };
}

/** The header holds the unix seconds at which the limit is lifted. */
function resetWait(header: string | null): number | undefined {
  const resetSeconds = Number(header ?? NaN);
  return Number.isFinite(resetSeconds) ? Math.max(0, resetSeconds * 1000 - Date.now()) : undefined;
}
