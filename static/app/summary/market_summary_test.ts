/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { ClientQuote } from "../../../src/client/client_quote.ts";
import type { Health } from "../../../src/client/health.ts";
import { QuoteFormat } from "../../../src/client/quote_format.ts";
import { marketSummary } from "./market_summary.ts";

const format = new QuoteFormat("en-US");
const LIVE: Health = {
  kind: "live",
  label: "Live",
  detail: "",
  oldSinceMs: undefined,
  retryAtMs: undefined,
};

function quote(symbol: string, price: number): ClientQuote {
  const rest = { timestamp: 7, timeMs: 7000, open: 100, previousPrice: undefined, history: [] };
  return { symbol, source: "s", price, ...rest };
}

Deno.test("marketSummary() counts, and names what moved most", () => {
  const quotes = [quote("A", 101), quote("B", 103), quote("C", 90), quote("D", 100)];
  assert.equal(
    marketSummary(quotes, LIVE, format, 0),
    "Live. Of 4 prices 2 are up today, 1 down, 1 unchanged. " +
      "Furthest up: B, +3.00% at 103.00. Furthest down: C, -10.00% at 90.00.",
  );
});

Deno.test("marketSummary() begins with what is wrong", () => {
  const health = { ...LIVE, kind: "old", label: "Stale", detail: "It is silent." } as const;
  assert.equal(marketSummary([], health, format, 0), "Stale: It is silent. There are no prices.");
});

Deno.test("marketSummary() counts no price of an earlier day as moved today", () => {
  const today = { ...quote("B", 102), timestamp: 86_400 };
  assert.equal(
    marketSummary([quote("A", 150), today], LIVE, format, 1),
    "Live. Of 2 prices 1 are up today, 0 down, 0 unchanged, 1 of earlier days. " +
      "Furthest up: B, +2.00% at 102.00.",
  );
});
