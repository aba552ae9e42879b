import * as v from "valibot";
import type { Candle, CandleCoverage, IntervalName } from "../../../src/price/candle.ts";

/** What a chart asks the server for. */
export interface CandleRequest {
  readonly symbol: string;
  /** Left out, all sources together. */
  readonly source: string | undefined;
  readonly interval: IntervalName;
  readonly limit: number;
  readonly before?: number | undefined;
  readonly from?: number | undefined;
}

/** What it gets; candles are oldest first. */
export interface CandlePage {
  readonly candles: readonly Candle[];
  readonly more: boolean;
  readonly coverage: CandleCoverage;
}

/** Asks the server. It rejects with an `Error` whose message is for the user. */
export type AskCandles = (request: CandleRequest, signal: AbortSignal) => Promise<CandlePage>;

const ANSWER_DEADLINE_MS = 15_000;
/** What the server's refusals mean to the user. */
const FAULTS: Readonly<Record<number, string>> = {
  401: "the server wants to know who you are",
  403: "you may not see this symbol",
  503: "the server cannot read its database, or has too much to do",
};

const price = v.pipe(v.number(), v.finite(), v.gtValue(0));
const pageSchema = v.object({
  candles: v.array(v.object({
    time: v.pipe(v.number(), v.integer()),
    open: price,
    high: price,
    low: price,
    close: price,
    count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    final: v.boolean(),
  })),
  more: v.boolean(),
  coverage: v.picklist(["ready", "filling", "behind", "absent"]),
});

/** Asks the page's own server, as whoever is signed in. */
export function candleRequests(headers: () => Record<string, string>): AskCandles {
  return async (request, signal) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request)) {
      if (value !== undefined) query.set(name, String(value));
    }
    const text = await answerText(`/api/candles?${query}`, {
      headers: headers(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]),
    });
    return readCandlePage(text);
  };
}

/**
 * Reads the server's answer.
 *
 * @throws {Error} with a message for the user, for what is none
 */
export function readCandlePage(text: string): CandlePage {
  try {
    return v.parse(pageSchema, JSON.parse(text));
  } catch (cause) {
    throw new Error("the server's answer is not one of candles", { cause });
  }
}

/** What browsers say of a request that fails is not for users. */
async function answerText(url: string, init: RequestInit): Promise<string> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, init);
    text = await answer.text();
  } catch (cause) {
    throw new Error("the server does not answer", { cause });
  }
  if (!answer.ok) throw new Error(FAULTS[answer.status] ?? `the server answered ${answer.status}`);
  return text;
}
