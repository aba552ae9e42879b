import * as v from "valibot";
import type { ClientQuote } from "../../../src/client/client_quote.ts";

/** More would be a program's work, not a person's. */
export const ALERTS_MAX = 100;

const nameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(32));
const priceSchema = v.pipe(v.number(), v.finite(), v.gtValue(0));
const timeSchema = v.pipe(v.number(), v.finite());

/** What has to become true. Levels count as reached when the price is at them. */
const conditionSchema = v.variant("kind", [
  v.object({ kind: v.literal("above"), price: priceSchema }),
  v.object({ kind: v.literal("below"), price: priceSchema }),
  v.object({
    kind: v.literal("percent"),
    /** Above 0 for a rise, below for a fall. */
    percent: v.pipe(v.number(), v.minValue(-99.99), v.maxValue(10_000), v.notValue(0)),
    /** Against the first price of the UTC day, whichever day it is, or against a price that stays. */
    from: v.union([v.literal("open"), priceSchema]),
  }),
]);

/** How somebody could have noticed it. */
const sightSchema = v.picklist([
  /** As it happened. */
  "live",
  /** It was so already when the alert was set. */
  "set",
  /** Between two moments at which prices could be had. */
  "away",
]);

const stateSchema = v.variant("kind", [
  v.object({ kind: v.literal("armed") }),
  /** Armed again while the condition still held: it has to be left before it can be met. */
  v.object({ kind: v.literal("leaving") }),
  v.object({
    kind: v.literal("fired"),
    /** By the local clock, in milliseconds since the unix epoch. */
    atMs: timeSchema,
    price: priceSchema,
    source: nameSchema,
    /** Of the price, in unix seconds. */
    timestamp: timeSchema,
    sight: sightSchema,
    isSeen: v.boolean(),
  }),
]);

/** An alert as it is kept in the browser; symbol and source are untrusted text. */
export const alertRuleSchema = v.object({
  id: v.pipe(v.string(), v.uuid()),
  symbol: nameSchema,
  /** Any, where it is null. */
  source: v.nullable(nameSchema),
  condition: conditionSchema,
  madeAtMs: timeSchema,
  state: stateSchema,
});

export type AlertRule = v.InferOutput<typeof alertRuleSchema>;
export type AlertCondition = AlertRule["condition"];
export type AlertSight = v.InferOutput<typeof sightSchema>;

/** The part of a quote that alerts look at. */
export type AlertQuote = Pick<ClientQuote, "symbol" | "source" | "price" | "open" | "timestamp">;

/** Whether a rule is about this quote. */
export function concerns(rule: AlertRule, quote: AlertQuote): boolean {
  return rule.symbol === quote.symbol && (rule.source === null || rule.source === quote.source);
}

/** The price at which the condition is met, on the day of the quote. */
export function levelOf(condition: AlertCondition, quote: Pick<AlertQuote, "open">): number {
  if (condition.kind !== "percent") return condition.price;
  const base = condition.from === "open" ? quote.open : condition.from;
  return base * (1 + condition.percent / 100);
}

/** Whether a quote meets the condition. */
export function isMet(condition: AlertCondition, quote: AlertQuote): boolean {
  const level = levelOf(condition, quote);
  const isRise = condition.kind === "above" ||
    (condition.kind === "percent" && condition.percent > 0);
  return isRise ? quote.price >= level : quote.price <= level;
}

/**
 * What becomes of a rule when these are the newest quotes that concern it: itself, where nothing
 * changes. A rule that has fired stays as it is, whatever comes.
 */
export function judge(
  rule: AlertRule,
  quotes: readonly AlertQuote[],
  sight: AlertSight,
  nowMs: number,
): AlertRule {
  if (rule.state.kind === "fired") return rule;
  const met = quotes.find((quote) => concerns(rule, quote) && isMet(rule.condition, quote));
  if (rule.state.kind === "leaving") {
    const isLeft = met === undefined && quotes.some((quote) => concerns(rule, quote));
    return isLeft ? { ...rule, state: { kind: "armed" } } : rule;
  }
  if (met === undefined) return rule;
  const { price, source, timestamp } = met;
  return {
    ...rule,
    state: { kind: "fired", atMs: nowMs, price, source, timestamp, sight, isSeen: false },
  };
}
