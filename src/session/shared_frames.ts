import type { BookChange } from "../hub/replica.ts";
import type { BookEntry } from "../price/book.ts";
import { type EncodedQuotes, encodeQuotes, joinSome } from "../price/quote_json.ts";
import type { Frame } from "./outbox.ts";
import type { FramesFor, StreamPlace } from "./shared_stream.ts";
import type { Subscription } from "./subscription.ts";

/** The part of a change that a subscription selects, as those who make frames of it see it. */
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

/** What a change is a part of. */
interface Source {
  readonly change: BookChange;
  /** The quotes of the whole change. */
  encoded(): EncodedQuotes;
}

/**
 * What a subscription selects, and the frames of it. Its entries are looked up when somebody asks, by an
 * accessor of the class: with one of its own each object would have a hidden class of its own, which V8
 * keeps, with the change and its JSON, until the next full collection (measured on 15.0).
 */
export class SelectedChange implements Selected {
  readonly selection: string;
  readonly fromSeq: number;
  readonly seq: number;
  readonly count: number;
  readonly #source: Source;
  /** In the change; undefined for all of it. */
  readonly #positions: readonly number[] | undefined;
  readonly #encoders: { readonly encode: SharedEncoder; readonly framesFor: FramesFor }[] = [];

  constructor(subscription: Subscription, source: Source) {
    const { change } = source;
    this.selection = subscription.selection;
    this.fromSeq = change.fromSeq;
    this.seq = change.seq;
    this.#source = source;
    this.#positions = subscription.all ? undefined : positionsOf(change, subscription);
    this.count = this.#positions?.length ?? change.count;
  }

  get entries(): readonly BookEntry[] {
    const { entries } = this.#source.change;
    return this.#positions?.flatMap((position) => entries[position] ?? []) ?? entries;
  }

  json(): string {
    const encoded = this.#source.encoded();
    return this.#positions === undefined ? encoded.joined : joinSome(encoded, this.#positions);
  }

  /** The frames for a client that is handed them now; made once for all who have the same encoder. */
  frames(encode: SharedEncoder, place: StreamPlace): readonly Frame[] {
    const known = this.#encoders.find((one) => one.encode === encode);
    if (known !== undefined) return known.framesFor(place);
    const framesFor = encode(this);
    this.#encoders.push({ encode, framesFor });
    return framesFor(place);
  }
}

function positionsOf({ entries }: BookChange, subscription: Subscription): number[] {
  const positions: number[] = [];
  entries.forEach((entry, position) => {
    if (subscription.matches(entry)) positions.push(position);
  });
  return positions;
}

/**
 * The frames of one change of the book: each different one is encoded once, however many clients get it.
 *
 * What one client alone gets is not kept for others. Thousands of such frames, kept until the last client
 * has its own, outlive V8's room for new objects: 10,000 clients with a list each made two workers carry
 * 64 MB a second into the old generation, for a sixth of their time (measured on V8 15.0).
 */
export class SharedFrames {
  readonly #change: BookChange;
  readonly #isLone: (selection: string) => boolean;
  readonly #bySelection = new Map<string, SelectedChange>();
  readonly #source: Source;
  #encoded: EncodedQuotes | undefined;

  /** @param isLone whether one client alone has this selection; by default, none is known of */
  constructor(change: BookChange, isLone: (selection: string) => boolean = () => false) {
    this.#change = change;
    this.#isLone = isLone;
    this.#encoded = change.encoded;
    this.#source = { change, encoded: () => this.#encode() };
  }

  /** What of the change a subscription selects. */
  select(subscription: Subscription): SelectedChange {
    const { selection } = subscription;
    // First, as the others may leave before the last of them has its turn.
    const known = this.#bySelection.get(selection);
    if (known !== undefined) return known;
    const selected = new SelectedChange(subscription, this.#source);
    if (!this.#isLone(selection)) this.#bySelection.set(selection, selected);
    return selected;
  }

  #encode(): EncodedQuotes {
    return this.#encoded ??= encodeQuotes(this.#change.entries.map(({ quote }) => quote));
  }
}
