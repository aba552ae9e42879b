/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { routeOf, symbolHref } from "./route.ts";

Deno.test("routeOf finds the symbol of a link, whatever characters it has", () => {
  for (const symbol of ["AAPL", "BRK.B", "EUR/USD", "100%", "<img onerror=x>", "日経#225"]) {
    assert.deepEqual(routeOf(symbolHref(symbol)), { view: "symbol", symbol });
  }
});

Deno.test("routeOf shows the board where a fragment names no symbol", () => {
  for (const fragment of ["", "#", "#/", "#/symbol", "#/symbol/", "#/symbol/%E0%A4%A", "#/other"]) {
    assert.deepEqual(routeOf(fragment), { view: "board" });
  }
});

// A link with a longer name showed a heading without a chart, and refused requests in the console.
Deno.test("routeOf shows the board where the name is longer than any symbol", () => {
  assert.deepEqual(routeOf(symbolHref("x".repeat(32))), { view: "symbol", symbol: "x".repeat(32) });
  assert.deepEqual(routeOf(symbolHref("x".repeat(33))), { view: "board" });
});
