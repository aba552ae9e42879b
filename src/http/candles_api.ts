import { Hono } from "hono";
import * as v from "valibot";
import { permit } from "../auth/grant.ts";
import type { CandleAnswer, CandleQuestion } from "../candles/desk_messages.ts";
import { SharedAnswers } from "../candles/shared_answers.ts";
import { CANDLES_MAX, INTERVAL_NAMES, INTERVAL_SECONDS } from "../price/candle.ts";
import type { Guarded } from "./api_guard.ts";
import { apiName, excuse, forbid, queryNumber, refuse } from "./api_query.ts";
import { answerPiecewise } from "./piecewise_body.ts";
import type { WorkShare } from "./work_share.ts";

/** Who knows the candles. */
export interface CandleSource {
  /** @param asker address of who asks; undefined where addresses do not tell clients apart */
  ask(question: CandleQuestion, asker: string | undefined): Promise<CandleAnswer>;
}

/** The days of all symbols, as they are sent, or why there are none. */
type Days =
  | { readonly kind: "days"; readonly bytes: Uint8Array<ArrayBuffer> }
  | Exclude<CandleAnswer, { readonly kind: "answer" }>;

const CANDLES_DEFAULT = 500;
/** Of 10,000 symbols they are a megabyte, which comes from the main isolate so often and no more. */
const DAYS_LIMITS = {
  freshMs: 500,
  costFactor: 1,
  entriesMax: 1,
  pendingMax: 1,
  askerPendingMax: 1,
};
/** The year 5138, so that figures in milliseconds are refused. */
const SECONDS_MAX = 100_000_000_000;

const seconds = v.optional(queryNumber(0, SECONDS_MAX));
const candlesQuery = v.object({
  symbol: apiName,
  source: v.optional(apiName),
  interval: v.picklist(INTERVAL_NAMES),
  before: seconds,
  from: seconds,
  limit: v.optional(queryNumber(1, CANDLES_MAX), String(CANDLES_DEFAULT)),
});
const daysSchema = v.object({ days: v.array(v.looseObject({ symbol: v.string() })) });

/** `/api/candles` and `/api/days`: what charts are drawn from. */
export function candlesApi(source: CandleSource, workShare: WorkShare): Hono<Guarded> {
  const api = new Hono<Guarded>();
  const days = new SharedAnswers<Days>(DAYS_LIMITS);
  const askDays = async (): Promise<Days> => {
    const answer = await source.ask({ kind: "days" }, undefined);
    if (answer.kind !== "answer") return answer;
    return { kind: "days", bytes: new TextEncoder().encode(answer.text) };
  };
  api.get("/candles", async (c) => {
    const query = v.safeParse(candlesQuery, c.req.query());
    if (!query.success) return refuse(c, query.issues);
    const { symbol, source: only, interval, before, from, limit } = query.output;
    const permission = permit([symbol], c.get("grant").symbols, "symbol");
    if (!permission.ok) return forbid(c, permission.fault);
    const answer = await source.ask({
      kind: "candles",
      query: {
        symbol,
        source: only,
        widthSeconds: INTERVAL_SECONDS[interval],
        before,
        from,
        limit,
      },
    }, c.get("asker"));
    return answer.kind === "answer" ? answerPiecewise(c, answer.text) : excuse(c, answer.kind);
  });
  api.get("/days", async (c) => {
    const answer = await days.ask("", undefined, askDays);
    if (answer?.kind !== "days") return excuse(c, answer?.kind ?? "busy");
    const { symbols } = c.get("grant");
    if (symbols === "*") return answerPiecewise(c, [answer.bytes]);
    const text = await workShare.run(() => narrowed(answer.bytes, symbols));
    return text === undefined ? excuse(c, "busy") : answerPiecewise(c, text);
  });
  return api;
}

/** The days of these symbols alone. */
function narrowed(bytes: Uint8Array, symbols: ReadonlySet<string>): string {
  const page: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const { days, ...rest } = v.parse(v.looseObject(daysSchema.entries), page);
  return JSON.stringify({ ...rest, days: days.filter(({ symbol }) => symbols.has(symbol)) });
}
