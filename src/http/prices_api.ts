import { Hono } from "hono";
import * as v from "valibot";
import { permit } from "../auth/grant.ts";
import { snapshotQuote, wireFeed } from "../session/frames.ts";
import { PROTOCOL_LIMITS } from "../session/protocol.ts";
import type { BookView } from "../session/session.ts";
import { Subscription } from "../session/subscription.ts";
import type { Guarded } from "./api_guard.ts";
import { apiName, excuse, forbid, queryNumber, refuse } from "./api_query.ts";
import { answerPiecewise, type Bytes } from "./piecewise_body.ts";
import { type EncodedBook, SharedPrices } from "./shared_prices.ts";
import type { WorkShare } from "./work_share.ts";

/** What the price API reads from. */
export interface PricesApiContext {
  readonly view: BookView;
  /** For what is made for one request alone. */
  readonly workShare: WorkShare;
  stats(): Record<string, unknown>;
}

const encoder = new TextEncoder();
const COMMA = encoder.encode(",");
const END = encoder.encode("]}");

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
  const { view, workShare } = context;
  const shared = new SharedPrices(view);
  api.get("/prices", async (c) => {
    const query = v.safeParse(pricesQuery, c.req.query());
    if (!query.success) return refuse(c, query.issues);
    const { symbols: asked = "*", sources = "*" } = query.output;
    const permission = permit(asked, c.get("grant").symbols, "symbol");
    if (!permission.ok) return forbid(c, permission.fault);
    const symbols = permission.names;
    const parts = symbols === "*"
      ? ofSources(shared.read(), sources, view)
      : await workShare.run(() => ofSymbols(symbols, sources, view));
    if (parts === undefined) return excuse(c, "busy");
    return answerPiecewise(c, parts);
  });
  api.get("/history", async (c) => {
    const query = v.safeParse(historyQuery, c.req.query());
    if (!query.success) return refuse(c, query.issues);
    const { symbol, source, limit } = query.output;
    const permission = permit([symbol], c.get("grant").symbols, "symbol");
    if (!permission.ok) return forbid(c, permission.fault);
    const text = await workShare.run(() => {
      const series = [...view.book.ofSymbol(symbol)]
        .filter((entry) => source === undefined || entry.quote.source === source)
        .map((entry) => ({ source: entry.quote.source, prices: entry.history.slice(-limit) }));
      return JSON.stringify({ symbol, series });
    });
    return text === undefined ? excuse(c, "busy") : answerPiecewise(c, text);
  });
  api.get("/stats", (c) => answerPiecewise(c, JSON.stringify(context.stats())));
  return api;
}

/** An answer with what is encoded already. */
function ofSources(
  { epoch, seq, all, bySource }: EncodedBook,
  sources: readonly string[] | "*",
  view: BookView,
): readonly Bytes[] {
  const stretches = sources === "*"
    ? [all]
    : [...new Set(sources)].flatMap((source) => bySource.get(source) ?? []);
  const quotes = stretches.flatMap((bytes, at) => at === 0 ? [bytes] : [COMMA, bytes]);
  return [head({ epoch, seq }, view), ...quotes, END];
}

/** An answer for those who ask for some symbols, which few others do. */
function ofSymbols(
  symbols: readonly string[],
  sources: readonly string[] | "*",
  view: BookView,
): readonly Bytes[] {
  const entries = Subscription.of({ symbols, sources }).select(view.book);
  const quotes = entries.map((entry) => JSON.stringify(snapshotQuote(entry, 0))).join(",");
  return [head(view, view), encoder.encode(quotes), END];
}

function head({ epoch, seq }: Pick<BookView, "epoch" | "seq">, view: BookView): Bytes {
  const text = JSON.stringify({ epoch, seq, feed: wireFeed(view.feed()) });
  return encoder.encode(`${text.slice(0, -1)},"quotes":[`);
}
