/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { matchesFilter, priceRow } from "./price_row.ts";

const row = priceRow("key", {
  symbol: "AAPL",
  source: "Finnhub",
  price: 1,
  timestamp: 1,
  timeMs: 1,
  open: 1,
  previousPrice: undefined,
  history: [],
});

Deno.test("matchesFilter() looks for every word in symbol and source, in any case", () => {
  assert.equal(matchesFilter(row, "aap FINN"), true);
  assert.equal(matchesFilter(row, "aapl simulator"), false);
});

Deno.test("matchesFilter() lets everything through when nothing is typed", () => {
  assert.equal(matchesFilter(row, "  "), true);
});

Deno.test("matchesFilter() takes what is typed as it is, not as a pattern", () => {
  assert.equal(matchesFilter(row, ".*"), false);
});
