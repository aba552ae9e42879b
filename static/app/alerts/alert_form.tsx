import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { ClientQuote, FeedClient } from "../../../src/client/mod.ts";
import { format } from "../format.ts";
import { routeOf } from "../route.ts";
import { type AlertDraft, type DraftKind, plainPrice, ruleOf } from "./alert_draft.ts";
import type { Alerts, AlertSubject } from "./alerts.ts";

/** Browsers draw long lists of suggestions badly. */
const SUGGESTIONS_MAX = 200;

const KINDS: readonly { readonly kind: DraftKind; readonly label: string }[] = [
  { kind: "above", label: "at or above" },
  { kind: "below", label: "at or below" },
  { kind: "up", label: "up by" },
  { kind: "down", label: "down by" },
];

/** Where an alert is set. */
export function AlertForm(
  { alerts, client }: { readonly alerts: Alerts; readonly client: FeedClient },
) {
  const subject = alerts.subject.peek();
  const draft = useSignal<AlertDraft>(firstDraft(subject));
  const form = useRef<HTMLFormElement>(null);
  // Who comes from a price wants another one: it is selected, to be written over.
  useLayoutEffect(() => {
    if (subject !== undefined) {
      form.current?.querySelector<HTMLInputElement>(".is-value input")?.select();
    }
  }, []);
  const problem = useSignal<string | undefined>(undefined);
  const quotes = [...client.quotes()];
  const change = (entries: Partial<AlertDraft>) => draft.value = { ...draft.value, ...entries };
  const set = (event: Event) => {
    event.preventDefault();
    const result = ruleOf(draft.value, [...client.quotes()]);
    problem.value = result.ok ? alerts.set(result.rule) : result.problem;
    if (problem.value === undefined) change({ value: "" });
  };
  return (
    <form ref={form} class="alert-form" onSubmit={set}>
      <SymbolField draft={draft.value} quotes={quotes} change={change} />
      <ConditionField draft={draft.value} change={change} />
      <button type="submit" class="primary">Set alert</button>
      <Hint draft={draft.value} quotes={quotes} />
      {problem.value !== undefined && <p class="problem" role="alert">{problem}</p>}
    </form>
  );
}

interface FieldProps {
  readonly draft: AlertDraft;
  change(entries: Partial<AlertDraft>): void;
}

function SymbolField(
  { draft, quotes, change }: FieldProps & { readonly quotes: readonly ClientQuote[] },
) {
  const listId = useId();
  const symbols = [...new Set(quotes.map(({ symbol }) => symbol))].sort();
  const sources = [
    ...new Set(
      quotes.filter(({ symbol }) => symbol === draft.symbol).map(({ source }) => source),
    ),
  ].sort();
  return (
    <>
      <label class="alert-field is-symbol">
        <span>Symbol</span>
        <input
          list={listId}
          maxLength={32}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          required
          value={draft.symbol}
          onInput={({ currentTarget }) => change({ symbol: currentTarget.value, source: "" })}
        />
        <datalist id={listId}>
          {symbols.slice(0, SUGGESTIONS_MAX).map((symbol) => (
            <option
              key={symbol}
              value={symbol}
            />
          ))}
        </datalist>
      </label>
      <label class="alert-field">
        <span>Source</span>
        <select
          value={draft.source}
          onChange={({ currentTarget }) => change({ source: currentTarget.value })}
        >
          <option value="">any</option>
          {sources.map((source) => <option key={source} value={source}>{source}</option>)}
        </select>
      </label>
    </>
  );
}

function ConditionField({ draft, change }: FieldProps) {
  const isPercent = draft.kind === "up" || draft.kind === "down";
  return (
    <>
      <label class="alert-field">
        <span>When it is</span>
        <select
          value={draft.kind}
          onChange={({ currentTarget }) =>
            change({
              kind: KINDS.find(({ kind }) => kind === currentTarget.value)?.kind ?? "above",
            })}
        >
          {KINDS.map(({ kind, label }) => <option key={kind} value={kind}>{label}</option>)}
        </select>
      </label>
      <label class="alert-field is-value">
        <span>{isPercent ? "Percent" : "Price"}</span>
        <input
          inputMode="decimal"
          autocomplete="off"
          required
          value={draft.value}
          onInput={({ currentTarget }) => change({ value: currentTarget.value })}
        />
      </label>
      {isPercent && (
        <label class="alert-field">
          <span>From</span>
          <select
            value={draft.from}
            onChange={({ currentTarget }) =>
              change({ from: currentTarget.value === "now" ? "now" : "open" })}
          >
            <option value="open">the day's open</option>
            <option value="now">the price now</option>
          </select>
        </label>
      )}
    </>
  );
}

/** How the symbol stands, so that nobody has to look it up. */
function Hint(
  { draft, quotes }: { readonly draft: AlertDraft; readonly quotes: readonly ClientQuote[] },
) {
  const known = quotes.filter(({ symbol, source }) =>
    symbol === draft.symbol && (draft.source === "" || source === draft.source)
  );
  if (known.length === 0) return null;
  const prices = known.slice(0, 3).map(({ source, price }) => `${format.price(price)} (${source})`);
  return <p class="alert-hint">Now {prices.join(", ")}</p>;
}

function firstDraft(subject: AlertSubject | undefined): AlertDraft {
  const rest = { kind: "above", from: "open" } as const;
  if (subject !== undefined) {
    const { symbol, source, price } = subject;
    return { ...rest, symbol, source, value: plainPrice(price) };
  }
  const route = routeOf(location.hash);
  const symbol = route.view === "symbol" ? route.symbol : "";
  return { ...rest, symbol, source: "", value: "" };
}
