/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { boardRow, matchesSearch } from "./board_row.ts";

const row = boardRow("key", "row-1", {
  symbol: "AAPL",
  source: "Finnhub",
  price: 1,
  timestamp: 1,
  timeMs: 1,
  open: 1,
  previousPrice: undefined,
  history: [],
});

Deno.test("matchesSearch() looks for every word in symbol and source, in any case", () => {
  assert.equal(matchesSearch(row, "aap FINN"), true);
  assert.equal(matchesSearch(row, "aapl simulator"), false);
});

Deno.test("matchesSearch() lets everything through when nothing is typed", () => {
  assert.equal(matchesSearch(row, "  "), true);
});

Deno.test("matchesSearch() takes what is typed as it is, not as a pattern", () => {
  assert.equal(matchesSearch(row, ".*"), false);
});
