import { type Context, Hono } from "hono";
import * as v from "valibot";
import { permit } from "../auth/grant.ts";
import type { CandleAnswer, CandleQuestion } from "../candles/desk_messages.ts";
import { CANDLES_MAX, INTERVAL_NAMES, INTERVAL_SECONDS } from "../price/candle.ts";
import type { Guarded } from "./api_guard.ts";
import { apiName, forbid, queryNumber, refuse } from "./api_query.ts";

/** Who knows the candles. */
export interface CandleSource {
  ask(question: CandleQuestion): Promise<CandleAnswer>;
}

const CANDLES_DEFAULT = 500;
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
export function candlesApi(source: CandleSource): Hono<Guarded> {
  const api = new Hono<Guarded>();
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
    });
    return answer.kind === "answer" ? json(c, answer.text) : excuse(c, answer.kind);
  });
  api.get("/days", async (c) => {
    const answer = await source.ask({ kind: "days" });
    if (answer.kind !== "answer") return excuse(c, answer.kind);
    const { symbols } = c.get("grant");
    if (symbols === "*") return json(c, answer.text);
    const { days, ...rest } = v.parse(v.looseObject(daysSchema.entries), JSON.parse(answer.text));
    return c.json({ ...rest, days: days.filter(({ symbol }) => symbols.has(symbol)) });
  });
  return api;
}

function json(c: Context, text: string) {
  return c.body(text, 200, { "content-type": "application/json" });
}

function excuse(c: Context, kind: "busy" | "unavailable") {
  const message = kind === "busy"
    ? "Cannot answer now: too many others wait; try again in a second"
    : "Cannot answer: the database is away, or slow";
  return c.json({ error: kind, message }, 503, { "retry-after": "1" });
}
