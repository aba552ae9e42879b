/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { QuoteFormat } from "../../../src/client/quote_format.ts";
import type { AlertCondition, AlertRule } from "./alert_rule.ts";
import { alertTitle, describeCondition, describeState } from "./alert_text.ts";

const format = new QuoteFormat("en-US");

Deno.test("describeCondition() states every condition", () => {
  const conditions: AlertCondition[] = [
    { kind: "above", price: 230 },
    { kind: "below", price: 1234.5 },
    { kind: "percent", percent: 2, from: "open" },
    { kind: "percent", percent: -1.5, from: 231.2 },
  ];
  assert.deepEqual(conditions.map((condition) => describeCondition(condition, format)), [
    "at or above 230.00",
    "at or below 1,234.50",
    "up 2.00% from the day's open",
    "down 1.50% from 231.20",
  ]);
});

Deno.test("describeState() says when nobody was there to see it", () => {
  const rule: AlertRule = {
    id: crypto.randomUUID(),
    symbol: "AAPL",
    source: "iex",
    condition: { kind: "above", price: 230 },
    madeAtMs: 0,
    state: { kind: "armed" },
  };
  assert.equal(alertTitle(rule, format), "AAPL at or above 230.00");
  assert.equal(describeState(rule, format), "Waiting for a price of iex");
  const fired = {
    kind: "fired",
    atMs: 0,
    price: 231,
    source: "iex",
    timestamp: 0,
    isSeen: false,
  } as const;
  const away = describeState({ ...rule, state: { ...fired, sight: "away" } }, format);
  assert.match(away, /^231\.00 from iex at .*\. Reached while this page had no live prices$/);
});
