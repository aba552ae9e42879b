import { Hono } from "hono";
import * as v from "valibot";
import { permit } from "../auth/grant.ts";
import { snapshotQuote, wireFeed } from "../session/frames.ts";
import { PROTOCOL_LIMITS } from "../session/protocol.ts";
import type { BookView } from "../session/session.ts";
import { Subscription } from "../session/subscription.ts";
import type { Guarded } from "./api_guard.ts";
import { apiName, forbid, queryNumber, refuse } from "./api_query.ts";

/** What the price API reads from. */
export interface PricesApiContext {
  readonly view: BookView;
  stats(): Record<string, unknown>;
}

const nameList = v.pipe(
  v.string(),
  v.transform((text) => text.split(",")),
  // Their number first: a URL has room for 60,000, each of which may be wrong.
  v.maxLength(PROTOCOL_LIMITS.symbolsMax),
  v.array(apiName),
);
const pricesQuery = v.object({
  symbols: v.optional(nameList),
  sources: v.optional(nameList),
});
const historyQuery = v.object({
  symbol: apiName,
  source: v.optional(apiName),
  limit: v.optional(queryNumber(1, PROTOCOL_LIMITS.historyMax), "10"),
});

/** `/api/prices`, `/api/history` and `/api/stats`: what the sockets say, for programs that ask once. */
export function pricesApi(context: PricesApiContext): Hono<Guarded> {
  const api = new Hono<Guarded>();
  api.get("/prices", (c) => {
    const query = v.safeParse(pricesQuery, c.req.query());
    if (!query.success) return refuse(c, query.issues);
    const { symbols: asked = "*", sources = "*" } = query.output;
    const permission = permit(asked, c.get("grant").symbols, "symbol");
    if (!permission.ok) return forbid(c, permission.fault);
    const symbols = permission.names;
    const { book, epoch, seq } = context.view;
    const entries = Subscription.of({ symbols, sources }).select(book);
    const quotes = entries.map((entry) => snapshotQuote(entry, 0));
    return c.json({ epoch, seq, feed: wireFeed(context.view.feed()), quotes });
  });
  api.get("/history", (c) => {
    const query = v.safeParse(historyQuery, c.req.query());
    if (!query.success) return refuse(c, query.issues);
    const { symbol, source, limit } = query.output;
    const permission = permit([symbol], c.get("grant").symbols, "symbol");
    if (!permission.ok) return forbid(c, permission.fault);
    const series = [...context.view.book.ofSymbol(symbol)]
      .filter((entry) => source === undefined || entry.quote.source === source)
      .map((entry) => ({ source: entry.quote.source, prices: entry.history.slice(-limit) }));
    return c.json({ symbol, series });
  });
  api.get("/stats", (c) => c.json(context.stats()));
  return api;
}
