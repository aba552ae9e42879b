import type { BookChange } from "../hub/replica.ts";
import type { BookEntry } from "../price/book.ts";
import { type EncodedQuotes, encodeQuotes, joinSome } from "../price/quote_json.ts";
import type { Frame } from "./outbox.ts";
import type { FramesFor, StreamPlace } from "./shared_stream.ts";
import type { Subscription } from "./subscription.ts";

/** The part of a change that a subscription selects. */
export interface Selected extends BookChange {
  /** The subscription's `selection`. */
  readonly selection: string;
  /** The quotes as JSON, separated by commas. */
  json(): string;
}

/** Makes frames of a selection; the same function for all who can share them. */
export type SharedEncoder = (selected: Selected) => FramesFor;

/** An encoder whose frames are the same whoever gets them. */
export function sameForAll(encode: (selected: Selected) => readonly Frame[]): SharedEncoder {
  return (selected) => {
    const frames = encode(selected);
    return () => frames;
  };
}

interface Shared {
  readonly selected: Selected;
  readonly framesByEncoder: Map<SharedEncoder, FramesFor>;
}

/**
 * All of a change. Its entries are looked up when somebody asks, by an accessor of the class: with one of its
 * own each object would have a hidden class of its own, which V8 keeps, with the change and its JSON, until
 * the next full collection (measured on 15.0).
 */
class WholeChange implements Selected {
  readonly selection: string;
  readonly json: () => string;
  readonly fromSeq: number;
  readonly seq: number;
  readonly count: number;
  readonly #change: BookChange;

  constructor(selection: string, change: BookChange, json: () => string) {
    this.selection = selection;
    this.json = json;
    this.fromSeq = change.fromSeq;
    this.seq = change.seq;
    this.count = change.count;
    this.#change = change;
  }

  get entries(): readonly BookEntry[] {
    return this.#change.entries;
  }
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

  /** The frames of what a subscription selects, for a client that is handed them now. */
  frames(
    subscription: Subscription,
    encode: SharedEncoder,
    place: StreamPlace,
  ): readonly Frame[] {
    const { selected, framesByEncoder } = this.#select(subscription);
    const known = framesByEncoder.get(encode);
    if (known !== undefined) return known(place);
    const framesFor = encode(selected);
    framesByEncoder.set(encode, framesFor);
    return framesFor(place);
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
    const { fromSeq, seq } = change;
    const { selection } = subscription;
    if (subscription.all) return new WholeChange(selection, change, () => this.#encode().joined);
    const positions: number[] = [];
    change.entries.forEach((entry, position) => {
      if (subscription.matches(entry)) positions.push(position);
    });
    return {
      selection,
      fromSeq,
      seq,
      count: positions.length,
      entries: positions.flatMap((position) => change.entries[position] ?? []),
      json: () => joinSome(this.#encode(), positions),
    };
  }

  #encode(): EncodedQuotes {
    return this.#encoded ??= encodeQuotes(this.#change.entries.map(({ quote }) => quote));
  }
}
