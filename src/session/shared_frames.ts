import type { BookChange } from "../hub/replica.ts";
import type { Quote } from "../price/quote.ts";
import type { Framing } from "./outbox.ts";
import type { Subscription } from "./subscription.ts";

/** What one selection of a change amounts to. */
export interface Selected {
  readonly quotes: readonly Quote[];
  /** Encoded at the first call, for all who share the selection. */
  frames(): readonly string[];
}

/** The frames of one change of the book: each different one is encoded once, however many clients get it. */
export class SharedFrames {
  readonly #change: BookChange;
  readonly #byEncoder = new Map<Framing["update"], Map<string, Selected>>();

  constructor(change: BookChange) {
    this.#change = change;
  }

  /** @param encode MUST be the same function for all who can share frames */
  select(subscription: Subscription, encode: Framing["update"]): Selected {
    const bySelection = this.#byEncoder.get(encode) ?? new Map<string, Selected>();
    this.#byEncoder.set(encode, bySelection);
    const known = bySelection.get(subscription.selection);
    if (known !== undefined) return known;
    const { quotes, seq } = this.#change;
    const chosen = subscription.all
      ? quotes
      : quotes.filter((quote) => subscription.matches(quote));
    let encoded: readonly string[] | undefined;
    const selected: Selected = {
      quotes: chosen,
      frames: () => encoded ??= encode(chosen, seq, 0),
    };
    bySelection.set(subscription.selection, selected);
    return selected;
  }
}
