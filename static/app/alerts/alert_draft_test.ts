/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { ClientQuote } from "../../../src/client/client_quote.ts";
import { type AlertDraft, ruleOf } from "./alert_draft.ts";

const QUOTES: ClientQuote[] = ["one", "two"].map((source, index) => ({
  symbol: "AAPL",
  source,
  price: 200 + index,
  timestamp: 7,
  timeMs: 7000,
  open: 190,
  previousPrice: undefined,
  history: [],
}));

function made(entries: Partial<AlertDraft>) {
  const plain = { symbol: "AAPL", source: "", kind: "above", value: "1", from: "open" } as const;
  return ruleOf({ ...plain, ...entries }, QUOTES);
}

function condition(entries: Partial<AlertDraft>) {
  const result = made(entries);
  return result.ok ? result.rule.condition : result.problem;
}

Deno.test("ruleOf() makes each kind of alert", () => {
  assert.deepEqual(condition({ value: "210,5" }), { kind: "above", price: 210.5 });
  assert.deepEqual(condition({ kind: "below", value: "9" }), { kind: "below", price: 9 });
  assert.deepEqual(condition({ kind: "up", value: "2" }), {
    kind: "percent",
    percent: 2,
    from: "open",
  });
  assert.deepEqual(condition({ kind: "down", value: "2", from: "now", source: "two" }), {
    kind: "percent",
    percent: -2,
    from: 201,
  });
});

Deno.test("ruleOf() writes a symbol as the feed does", () => {
  const result = made({ symbol: " aapl " });
  assert.equal(result.ok && result.rule.symbol, "AAPL");
  const unknown = made({ symbol: "later" });
  assert.equal(unknown.ok && unknown.rule.symbol, "later");
});

Deno.test("ruleOf() says what is wrong with a draft", () => {
  for (const value of ["", "x", "-1", "0", "Infinity"]) {
    assert.match(String(condition({ value })), /the value must be a number above 0/, value);
  }
  assert.match(String(condition({ symbol: " " })), /a symbol has 1 to 32 characters/);
  assert.match(String(condition({ kind: "down", value: "100" })), /99\.99/);
  assert.match(
    String(condition({ kind: "up", from: "now", symbol: "later" })),
    /no price of this symbol is known yet/,
  );
});
