import type { QuoteFormat } from "../../../src/client/quote_format.ts";
import type { AlertCondition, AlertRule } from "./alert_rule.ts";

/** What an alert waits for: "at or above 230.00". */
export function describeCondition(condition: AlertCondition, format: QuoteFormat): string {
  if (condition.kind !== "percent") {
    return `at or ${condition.kind} ${format.price(condition.price)}`;
  }
  const { percent, from } = condition;
  const way = percent > 0 ? "up" : "down";
  const base = from === "open" ? "the day's open" : format.price(from);
  return `${way} ${format.percent(Math.abs(percent) / 100).replace("+", "")} from ${base}`;
}

/** An alert in a few words: "AAPL at or above 230.00". */
export function alertTitle(rule: AlertRule, format: QuoteFormat): string {
  return `${rule.symbol} ${describeCondition(rule.condition, format)}`;
}

/** What became of an alert, in a sentence without its full stop. */
export function describeState(rule: AlertRule, format: QuoteFormat): string {
  const { state } = rule;
  const of = rule.source === null ? "" : ` of ${rule.source}`;
  switch (state.kind) {
    case "armed":
      return `Waiting for a price${of}`;
    case "leaving":
      return `Waiting for the price${of} to leave the level first`;
    case "fired":
      return `${format.price(state.price)} from ${state.source} at ${format.time(state.timestamp)}${
        SIGHTS[state.sight]
      }`;
  }
}

const SIGHTS = {
  live: "",
  set: ". It was there already when the alert was set",
  away: ". Reached while this page had no live prices",
} as const;
