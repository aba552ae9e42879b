import type { BookChange } from "../hub/replica.ts";
import { type EncodedQuotes, encodeQuotes, joinSome } from "../price/quote_json.ts";
import type { Frame } from "./outbox.ts";
import type { Subscription } from "./subscription.ts";

/** The part of a change that a subscription selects. */
export interface Selected extends BookChange {
  /** The quotes as JSON, separated by commas. */
  json(): string;
}

/** Makes frames of a selection; the same function for all who can share them. */
export type SharedEncoder = (selected: Selected) => readonly Frame[];

interface Shared {
  readonly selected: Selected;
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
    return this.#select(subscription).selected;
  }

  /** The frames of what a subscription selects. */
  frames(subscription: Subscription, encode: SharedEncoder): readonly Frame[] {
    const { selected, framesByEncoder } = this.#select(subscription);
    const known = framesByEncoder.get(encode);
    if (known !== undefined) return known;
    const frames = encode(selected);
    framesByEncoder.set(encode, frames);
    return frames;
  }

  #select(subscription: Subscription): Shared {
    const known = this.#bySelection.get(subscription.selection);
    if (known !== undefined) return known;
    const shared = { selected: this.#selection(subscription), framesByEncoder: new Map() };
    this.#bySelection.set(subscription.selection, shared);
    return shared;
  }

  #selection(subscription: Subscription): Selected {
    const change = this.#change;
    const { fromSeq, seq, count } = change;
    if (subscription.all) {
      return {
        fromSeq,
        seq,
        count,
        get quotes() {
          return change.quotes;
        },
        json: () => this.#encode().joined,
      };
    }
    const positions: number[] = [];
    change.quotes.forEach((quote, position) => {
      if (subscription.matches(quote)) positions.push(position);
    });
    return {
      fromSeq,
      seq,
      count: positions.length,
      quotes: positions.flatMap((position) => change.quotes[position] ?? []),
      json: () => joinSome(this.#encode(), positions),
    };
  }

  #encode(): EncodedQuotes {
    return this.#encoded ??= encodeQuotes(this.#change.quotes);
  }
}
