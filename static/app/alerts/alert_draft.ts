import { v4 } from "uuid";
import type { ClientQuote } from "../../../src/client/client_quote.ts";
import { enteredNumber } from "./entered_number.ts";
import type { AlertCondition, AlertRule } from "./alert_rule.ts";

/** What the form offers. */
export type DraftKind = "above" | "below" | "up" | "down";

/** What the user has entered. */
export interface AlertDraft {
  readonly symbol: string;
  /** Empty for any. */
  readonly source: string;
  readonly kind: DraftKind;
  /** A price or a percentage. */
  readonly value: string;
  readonly from: "open" | "now";
}

const PLAIN = new Intl.NumberFormat("en", { useGrouping: false, maximumFractionDigits: 20 });

/** An alert, or what is wrong with the draft. */
export type DraftResult =
  | { readonly ok: true; readonly rule: AlertRule }
  | { readonly ok: false; readonly problem: string };

/**
 * Makes an alert of what was entered.
 *
 * @param quotes the newest ones: they know how a symbol is written, and where a percentage begins
 */
export function ruleOf(draft: AlertDraft, quotes: readonly ClientQuote[]): DraftResult {
  const entered = draft.symbol.trim();
  const symbol = asKnown(entered, quotes.map((quote) => quote.symbol));
  if (symbol.length < 1 || symbol.length > 32) {
    return problem(`a symbol has 1 to 32 characters, this has ${symbol.length}`);
  }
  const source = draft.source === "" ? null : draft.source;
  const condition = conditionOf(
    draft,
    quotes.find((quote) => quote.symbol === symbol && (source === null || quote.source === source)),
  );
  if (typeof condition === "string") return problem(condition);
  const state = { kind: "armed" } as const;
  // `crypto.randomUUID` is missing from pages that came over plain HTTP from another machine.
  const id = v4();
  return { ok: true, rule: { id, symbol, source, condition, madeAtMs: Date.now(), state } };
}

/** A price as the form takes it: no grouping, no exponent, however small or large. */
export function plainPrice(price: number): string {
  return PLAIN.format(price);
}

function conditionOf(draft: AlertDraft, now: ClientQuote | undefined): AlertCondition | string {
  const value = enteredNumber(draft.value);
  if (!Number.isFinite(value) || value <= 0) {
    const text = draft.value.trim();
    const advice = /[.,]/.test(text) ? ". Leave out what parts thousands" : "";
    return `the value must be a number above 0, is "${text}"${advice}`;
  }
  if (draft.kind === "above" || draft.kind === "below") return { kind: draft.kind, price: value };
  const percent = draft.kind === "up" ? value : -value;
  if (percent < -99.99 || percent > 10_000) {
    return `a price rises by 10,000 % at most here and falls by 99.99 %, not by ${value} %`;
  }
  if (draft.from === "open") return { kind: "percent", percent, from: "open" };
  if (now === undefined) return "no price of this symbol is known yet to begin from";
  return { kind: "percent", percent, from: now.price };
}

/** As the feed writes it, where only upper and lower case differ. */
function asKnown(entered: string, symbols: readonly string[]): string {
  if (symbols.includes(entered)) return entered;
  const lower = entered.toLowerCase();
  return symbols.find((symbol) => symbol.toLowerCase() === lower) ?? entered;
}

function problem(why: string): DraftResult {
  return { ok: false, problem: `Cannot set the alert: ${why}.` };
}
