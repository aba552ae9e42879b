import type { Closable } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { Book, type BookEntry } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { EncodedQuotes } from "../price/quote_json.ts";
import {
  asBookCopy,
  asEnvelope,
  type Batch,
  type BatchNotice,
  type BookCopy,
  type BookRequest,
  type Envelope,
  numbersAt,
  type Said,
  type StatusNotice,
} from "./envelope.ts";
import { BatchChange } from "./batch_change.ts";
import { BatchRing } from "./batch_ring.ts";
import { LastWord } from "./last_word.ts";
import { HUB_CHANNEL } from "./publisher.ts";

/** How the book changed. */
export interface BookChange {
  /** How many quotes clients are sent. */
  readonly count: number;
  /** What changed, and clients are sent the quotes of: entries of the book, which is up to date already. */
  readonly entries: readonly BookEntry[];
  /** Their quotes as JSON, where somebody has encoded them already. */
  readonly encoded?: EncodedQuotes;
  /** When the oldest of them was inserted, by the database's clock; left out where they are caught up on. */
  readonly insertedAtMs?: number;
  readonly fromSeq: number;
  readonly seq: number;
}

/** What a replica tells its one listener. Calls are serial. */
export interface ReplicaEvents {
  /** The book is about to change: whoever still hands out the change before MUST have done so on return. */
  beforeChange(): void;
  /** The book went from one position to a later one. */
  onChange(change: BookChange): void;
  /** The feed's state was heard again; it may be the same as before. */
  onStatus(feed: FeedStatus): void;
  /** The book was replaced, because the publisher has begun a new epoch. */
  onReset(): void;
}

type State =
  /** The book is whole up to its position; what follows will be in the ring. */
  | { readonly kind: "synced"; readonly ring: BatchRing }
  /** A gap or a new epoch was seen: notices wait in `held` until the copy that was asked for arrives. */
  | { readonly kind: "syncing"; readonly held: BatchNotice[]; askedAtMs: number };

const BOOK_DEADLINE_MS = 2000;
const HELD_BATCHES_MAX = 256;
/** The publisher speaks twice a second; this long without a word means that it hangs or is gone. */
const SILENCE_MS_MAX = 1600;

const log = logger("hub");

/**
 * An isolate's own copy of the book, kept equal to the publisher's.
 *
 * It never shows a book with a gap in it: what it delivers under sequence number N includes every batch
 * up to N. After a lost batch it holds back what follows until it has the publisher's whole book.
 */
export class Replica implements Closable {
  readonly #channel: BroadcastChannel;
  readonly #port: MessagePort;
  readonly #events: ReplicaEvents;
  #book = new Book();
  #epoch = "";
  #seq = 0;
  #feed: FeedStatus = { status: "down", mode: "poll", ageMs: 0 };
  readonly #lastWord = new LastWord(performance.now());
  #state: State;
  #gaps = 0;
  #resyncs = 0;

  /** @param port from `HubPublisher.openLink` */
  constructor(port: MessagePort, events: ReplicaEvents, channelName: string = HUB_CHANNEL) {
    this.#events = events;
    this.#channel = new BroadcastChannel(channelName);
    this.#channel.onmessage = (event) => this.#receive(event.data);
    this.#port = port;
    this.#port.onmessage = (event) => this.#receiveBook(event.data);
    this.#state = this.#ask();
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Number of the newest batch that the book includes. */
  get seq(): number {
    return this.#seq;
  }

  get book(): Book {
    return this.#book;
  }

  /** How often a lost message made it ask for the whole book. */
  get gaps(): number {
    return this.#gaps;
  }

  /** How often it has taken the whole book: at first, for each new epoch, and after gaps. */
  get resyncs(): number {
    return this.#resyncs;
  }

  /** Whether it has had the whole book at least once. */
  get ready(): boolean {
    return this.#epoch !== "";
  }

  /** The feed's state as of now: silence on the hub counts as `down`, a long resync as `delayed`. */
  feed(): FeedStatus {
    const silentMs = this.#lastWord.silentMs(performance.now());
    const ageMs = Math.round(this.#feed.ageMs + silentMs);
    if (silentMs > SILENCE_MS_MAX) return { ...this.#feed, status: "down", ageMs };
    const syncing = this.#state.kind === "syncing" && this.#feed.status === "live";
    return { ...this.#feed, ageMs, status: syncing ? "delayed" : this.#feed.status };
  }

  /** Asks again for a book that has not come. Call it about once a second. */
  tick(): void {
    if (this.#state.kind !== "syncing") return;
    if (performance.now() - this.#state.askedAtMs > BOOK_DEADLINE_MS) this.#state = this.#ask();
  }

  close(): void {
    this.#channel.close();
    this.#port.close();
  }

  #receive(data: unknown): void {
    const envelope = asEnvelope(data);
    if (envelope === undefined) {
      log.warn("Foreign message on the hub's channel ignored", { code: "hub_foreign_message" });
      return;
    }
    if (envelope.kind === "batch") return this.#receiveBatch(envelope);
    // What is said under another epoch is said of another book.
    if (envelope.epoch === this.#epoch) this.#hear(envelope);
    const missed = envelope.epoch !== this.#epoch || envelope.seq > this.#seq;
    if (missed && this.#state.kind === "synced") this.#resync(envelope);
    this.#events.onStatus(this.feed());
  }

  #hear({ feed, saidAtMs }: Said<Pick<StatusNotice, "feed">>): void {
    if (this.#lastWord.hear(saidAtMs, performance.now(), Date.now())) this.#feed = feed;
  }

  #receiveBatch(notice: BatchNotice): void {
    if (this.#state.kind === "syncing") {
      this.#state.held.push(notice);
      // The copy that was asked for covers the oldest; if it never comes, `tick` asks for another.
      if (this.#state.held.length > HELD_BATCHES_MAX) this.#state.held.shift();
      return;
    }
    const known = notice.epoch === this.#epoch;
    if (known && notice.seq <= this.#seq) return;
    if (!known || notice.seq > this.#seq + 1) {
      this.#resync(notice).held.push(notice);
      return;
    }
    const batch = this.#state.ring.read(notice);
    if (batch === undefined) this.#resync(notice);
    else this.#follow(batch);
  }

  #receiveBook(data: unknown): void {
    const copy = asBookCopy(data);
    if (copy === undefined || this.#state.kind !== "syncing") return;
    // The late answer to an earlier request: the one that was asked for now is still to come.
    if (copy.epoch === this.#epoch && copy.seq < this.#seq) return;
    const { held } = this.#state;
    this.#hear(copy);
    if (copy.epoch !== this.#epoch) this.#feed = copy.feed;
    this.#state = { kind: "synced", ring: new BatchRing(copy.ring) };
    this.#take(copy);
    for (const notice of held) {
      if (notice.epoch === copy.epoch) this.#receiveBatch(notice);
    }
    this.#events.onStatus(this.feed());
  }

  #take(copy: BookCopy): void {
    this.#events.beforeChange();
    this.#resyncs += 1;
    const replaced = copy.epoch !== this.#epoch;
    if (replaced) this.#book = new Book();
    this.#epoch = copy.epoch;
    const entries = this.#book.merge(copy.entries);
    if (!replaced) {
      const change = { fromSeq: this.#seq, seq: copy.seq, count: entries.length, entries };
      return this.#move(copy.seq, change);
    }
    this.#seq = copy.seq;
    this.#events.onReset();
  }

  #follow(batch: Batch): void {
    this.#events.beforeChange();
    const { seq, numbers, names } = batch;
    let named = 0;
    const nextNames = () => ({ symbol: names[named++] ?? "", source: names[named++] ?? "" });
    for (let index = 0; index < numbers.length; index += 1) {
      this.#book.follow(numbers[index] ?? 0, numbersAt(batch, index), seq, nextNames);
    }
    this.#move(seq, new BatchChange(batch, this.#seq, this.#book));
  }

  #move(seq: number, change: BookChange): void {
    this.#seq = seq;
    if (change.count > 0) this.#events.onChange(change);
  }

  /** Asks for the whole book, because of an envelope that does not follow on what it has. */
  #resync({ epoch, seq }: Pick<Envelope, "epoch" | "seq">): Extract<State, { kind: "syncing" }> {
    if (epoch === this.#epoch) this.#countGap(seq);
    else log.debug("The publisher begins anew; asking for the whole book", { code: "hub_epoch" });
    const state = this.#ask();
    this.#state = state;
    return state;
  }

  #countGap(seq: number): void {
    this.#gaps += 1;
    log.warn("Batches lost between {have} and {seen}; asking for the whole book", {
      code: "hub_gap",
      have: this.#seq,
      seen: seq,
    });
  }

  #ask(): Extract<State, { kind: "syncing" }> {
    this.#port.postMessage({ kind: "book_request" } satisfies BookRequest);
    return { kind: "syncing", held: [], askedAtMs: performance.now() };
  }
}
