/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import {
  type AlertCondition,
  type AlertQuote,
  type AlertRule,
  isMet,
  judge,
} from "./alert_rule.ts";

function quote(price: number, source = "s", open = 100): AlertQuote {
  return { symbol: "A", source, price, open, timestamp: 7 };
}

function rule(condition: AlertCondition, rest: Partial<AlertRule> = {}): AlertRule {
  const id = crypto.randomUUID();
  return {
    id,
    symbol: "A",
    source: null,
    condition,
    madeAtMs: 0,
    state: { kind: "armed" },
    ...rest,
  };
}

function met(condition: AlertCondition, prices: number[]): boolean[] {
  return prices.map((price) => isMet(condition, quote(price)));
}

Deno.test("isMet() counts a level as reached when the price is at it", () => {
  assert.deepEqual(met({ kind: "above", price: 10 }, [9.99, 10, 11]), [false, true, true]);
  assert.deepEqual(met({ kind: "below", price: 10 }, [10.01, 10, 9]), [false, true, true]);
});

Deno.test("isMet() measures a percentage from the day's open, or from a price that stays", () => {
  const rise = { kind: "percent", percent: 2, from: "open" } as const;
  assert.deepEqual(met(rise, [101.9, 102, 103]), [false, true, true]);
  const fall = { kind: "percent", percent: -10, from: 50 } as const;
  assert.deepEqual(met(fall, [45.1, 45, 40]), [false, true, true]);
  assert.ok(isMet(rise, quote(51, "s", 50)), "of another day");
});

Deno.test("judge() fires once, and leaves a fired rule as it is", () => {
  const fired = judge(rule({ kind: "above", price: 10 }), [quote(11)], "live", 5);
  assert.deepEqual(fired.state, {
    kind: "fired",
    atMs: 5,
    price: 11,
    source: "s",
    timestamp: 7,
    sight: "live",
    isSeen: false,
  });
  assert.equal(judge(fired, [quote(12)], "away", 6), fired);
});

Deno.test("judge() leaves a rule alone that is about another symbol or source", () => {
  const other = rule({ kind: "above", price: 10 }, { symbol: "B" });
  const source = rule({ kind: "above", price: 10 }, { source: "other" });
  assert.equal(judge(other, [quote(11)], "live", 5), other);
  assert.equal(judge(source, [quote(11)], "live", 5), source);
  assert.equal(judge(source, [quote(11, "other")], "live", 5).state.kind, "fired");
});

Deno.test("judge() arms a rule that was armed anew when every source has left its level", () => {
  const leaving = rule({ kind: "above", price: 10 }, { state: { kind: "leaving" } });
  assert.equal(judge(leaving, [quote(9), quote(11, "t")], "live", 5), leaving);
  assert.equal(judge(leaving, [], "live", 5), leaving);
  assert.equal(judge(leaving, [quote(9), quote(9, "t")], "live", 5).state.kind, "armed");
});
