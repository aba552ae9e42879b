import type { BookEntry } from "../price/book.ts";
import { frame, snapshotQuote } from "./frames.ts";
import type { Frame, SnapshotChunk } from "./outbox.ts";
import type { BookView } from "./session.ts";
import type { Subscription } from "./subscription.ts";
import type { V1Encoding } from "./v1_encoding.ts";

/** Bounds of what is kept for the next session. */
export interface SharedSnapshotsLimits {
  /** Different selections. */
  readonly listsMax: number;
  /** Size of all kept frames together, in bytes or characters. */
  readonly frameBytesMax: number;
}

const LIMITS: SharedSnapshotsLimits = { listsMax: 64, frameBytesMax: 16 * 1024 * 1024 };

/**
 * The snapshots of one worker. Many clients that connect at the same time ask for the same: each
 * different frame is encoded once, for as long as the book stands where it stood then.
 *
 * Frames are still made when their turn comes, and hold the newest prices: what is kept of an earlier
 * position of the book is thrown away first.
 */
export class SharedSnapshots {
  readonly #view: BookView;
  readonly #limits: SharedSnapshotsLimits;
  readonly #lists = new Map<string, readonly BookEntry[]>();
  readonly #frames = new Map<readonly BookEntry[], Map<string, Frame>>();
  #frameBytes = 0;
  #epoch = "";
  #seq = -1;

  constructor(view: BookView, limits: SharedSnapshotsLimits = LIMITS) {
    this.#view = view;
    this.#limits = limits;
  }

  /**
   * The book's entries that a subscription selects: the same list for all with the same selection while
   * the book stands still. Lists are what tells which frames can be shared, because a selection may be
   * stated in different orders.
   */
  select(subscription: Subscription): readonly BookEntry[] {
    this.#forgetPast();
    const known = this.#lists.get(subscription.selection);
    if (known !== undefined) return known;
    const list = subscription.select(this.#view.book);
    if (this.#lists.size < this.#limits.listsMax) this.#lists.set(subscription.selection, list);
    return list;
  }

  /** The frame of one chunk, as of now. */
  frame(chunk: SnapshotChunk, history: number, encoding: V1Encoding): Frame {
    this.#forgetPast();
    const kind = `${chunk.start} ${chunk.seq} ${history} ${encoding.protocol}`;
    const known = this.#frames.get(chunk.list)?.get(kind);
    if (known !== undefined) return known;
    const made = encoding.encode(this.#document(chunk, history));
    if (this.#frameBytes + made.length > this.#limits.frameBytesMax) return made;
    this.#frameBytes += made.length;
    const ofList = this.#frames.get(chunk.list) ?? new Map<string, Frame>();
    this.#frames.set(chunk.list, ofList.set(kind, made));
    return made;
  }

  #document({ list, start, end, seq }: SnapshotChunk, history: number): string {
    return frame({
      type: "snapshot",
      epoch: this.#view.epoch,
      seq,
      quotes: list.slice(start, end).map((entry) => snapshotQuote(entry, history)),
      complete: end >= list.length,
    });
  }

  #forgetPast(): void {
    const { epoch, seq } = this.#view;
    if (epoch === this.#epoch && seq === this.#seq) return;
    this.#epoch = epoch;
    this.#seq = seq;
    this.#lists.clear();
    this.#frames.clear();
    this.#frameBytes = 0;
  }
}
