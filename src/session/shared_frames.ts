import type { BookChange } from "../hub/replica.ts";
import { type EncodedQuotes, encodeQuotes, joinSome } from "../price/quote_json.ts";
import type { Quote } from "../price/quote.ts";
import type { Frame } from "./outbox.ts";
import type { Subscription } from "./subscription.ts";

/** What one selection of a change amounts to. */
export interface Selected {
  readonly quotes: readonly Quote[];
  /** The quotes as JSON, separated by commas. */
  json(): string;
}

/** Makes frames of a selection; the same function for all who can share them. */
export type SharedEncoder = (selected: Selected, seq: number) => readonly Frame[];

interface Shared extends Selected {
  readonly framesByEncoder: Map<SharedEncoder, readonly Frame[]>;
}

/** The frames of one change of the book: each different one is encoded once, however many clients get it. */
export class SharedFrames {
  readonly #change: BookChange;
  readonly #bySelection = new Map<string, Shared>();
  #encoded: EncodedQuotes | undefined;

  constructor(change: BookChange) {
    this.#change = change;
    this.#encoded = change.encoded;
  }

  /** What of the change a subscription selects. */
  select(subscription: Subscription): Selected {
    return this.#select(subscription);
  }

  /** The frames of what a subscription selects. */
  frames(subscription: Subscription, encode: SharedEncoder): readonly Frame[] {
    const selected = this.#select(subscription);
    const known = selected.framesByEncoder.get(encode);
    if (known !== undefined) return known;
    const frames = encode(selected, this.#change.seq);
    selected.framesByEncoder.set(encode, frames);
    return frames;
  }

  #select(subscription: Subscription): Shared {
    const known = this.#bySelection.get(subscription.selection);
    if (known !== undefined) return known;
    const selected = { ...this.#selection(subscription), framesByEncoder: new Map() };
    this.#bySelection.set(subscription.selection, selected);
    return selected;
  }

  #selection(subscription: Subscription): Selected {
    const { quotes } = this.#change;
    if (subscription.all) return { quotes, json: () => this.#encode().joined };
    const positions: number[] = [];
    quotes.forEach((quote, position) => {
      if (subscription.matches(quote)) positions.push(position);
    });
    return {
      quotes: positions.flatMap((position) => quotes[position] ?? []),
      json: () => joinSome(this.#encode(), positions),
    };
  }

  #encode(): EncodedQuotes {
    return this.#encoded ??= encodeQuotes(this.#change.quotes);
  }
}
