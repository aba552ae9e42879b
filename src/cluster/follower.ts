import type { Backbone } from "../backbone/backbone.ts";
import { Backoff } from "../backoff.ts";
import { errorText } from "../errors.ts";
import type { NumberedBook } from "../hub/publisher.ts";
import { type Closable, sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";
import { fetchBook, type FetchedBook } from "./book_fetch.ts";
import {
  type BatchMessage,
  decodeLeaderMessage,
  FEED_VERSION,
  type ForeignMessage,
  type LeaderMessage,
} from "./feed_message.ts";
import { LeaderClock } from "./leader_clock.ts";

/** What a follower tells. Calls are serial. */
export interface FollowerEvents {
  /** The leader's book is here as a whole: first, for each new epoch, and after each gap. */
  readonly onBook: (book: NumberedBook) => void;
  /** The next batch. */
  readonly onBatch: (seq: number, quotes: readonly Quote[]) => void;
  /** The leader has told the feed's state, at `saidAtMs` by this server's clock, and everything up to it is here. */
  readonly onStatus: (feed: FeedStatus, saidAtMs: number) => void;
}

/** A leader as it was heard last. */
interface Leader {
  readonly term: number;
  readonly heardAtMs: number;
  readonly clock: LeaderClock;
}

type State =
  /** Nobody is followed. */
  | { readonly kind: "idle" }
  /** The book was asked for; what comes meanwhile waits. */
  | Syncing
  /** Every batch up to `seq` is here. */
  | { readonly kind: "synced"; readonly epoch: string; readonly seq: number };

interface Syncing {
  readonly kind: "syncing";
  readonly epoch: string;
  readonly held: BatchMessage[];
  readonly stop: AbortController;
}

/** Batches that wait for a book; the one that was asked for covers those that were dropped, or another is asked for. */
const HELD_MAX = 2000;
const FETCHES_MAX = 5;
const RETRY_MS_FIRST = 100;
const RETRY_MS_MAX = 1000;
/** A leader that was not heard for so long no longer keeps one with a lower term from being followed. */
const TERM_MEMORY_MS = 10_000;
/** How long a leader whose book could not be had is not asked for it again. */
const FAILED_EPOCH_PAUSE_MS = 10_000;
const LOG_INTERVAL_MS = 60_000;

const log = logger("cluster");

/**
 * The followers' side: hears a leader, notices by the numbers what was lost, and fetches the whole then.
 *
 * It follows the highest term that it hears. A leader that was replaced and has not noticed goes unheard,
 * so that numbers never mix. The memory of a term ends with its leader's silence, because terms are a
 * clock, and the clock of a Postgres that took over may be behind.
 */
export class Follower implements Closable {
  readonly #backbone: Pick<Backbone, "request">;
  readonly #events: FollowerEvents;
  readonly #counters: MetricWriter;
  #leader: Leader | undefined;
  #state: State = { kind: "idle" };
  #syncedAtMs = -Infinity;
  #failedEpoch: string | undefined;
  #retryAtMs = 0;
  readonly #loggedAtMs = new Map<string, number>();
  readonly #now: () => number;

  /** @param now a monotonic clock in milliseconds */
  constructor(
    backbone: Pick<Backbone, "request">,
    events: FollowerEvents,
    counters: MetricWriter,
    now = () => performance.now(),
  ) {
    this.#backbone = backbone;
    this.#events = events;
    this.#counters = counters;
    this.#now = now;
  }

  /** The highest term that is remembered; 0 for none. */
  get term(): number {
    return this.#leader?.term ?? 0;
  }

  /** When the leader was last heard with nothing missing, by `performance.now()`; -Infinity for never. */
  get syncedAtMs(): number {
    return this.#syncedAtMs;
  }

  /** This server leads under that term: nobody is heeded but who has a higher one. */
  outrank(term: number): void {
    this.#leader = { term: term + 1, heardAtMs: this.#now(), clock: new LeaderClock() };
  }

  /** Takes what was heard; returns it where a leader said it that is to be heeded. */
  receive(payload: Uint8Array): LeaderMessage | undefined {
    const message = this.#decode(payload);
    if (message === undefined || message.kind === "foreign") return undefined;
    if (!this.#heed(message.term)) return undefined;
    return message;
  }

  /** Follows what `receive` has returned. */
  follow(message: LeaderMessage): void {
    const saidAtMs = this.#saidAtMs(message);
    const state = this.#state;
    if (state.kind === "idle" || state.epoch !== message.epoch) return this.#begin(message);
    if (state.kind === "syncing") return hold(state, message);
    const next = message.kind === "batch" ? state.seq + 1 : state.seq;
    if (message.seq > next) {
      this.#counters.add("backbone_gaps", 1);
      log.warn("Batches lost between {have} and {seen}; asking for the book", {
        code: "cluster_gap",
        have: state.seq,
        seen: message.seq,
      });
      return this.#begin(message);
    }
    this.#syncedAtMs = this.#now();
    if (message.kind === "status") return this.#events.onStatus(message.feed, saidAtMs);
    if (message.seq < next) return;
    this.#state = { ...state, seq: message.seq };
    this.#events.onBatch(message.seq, message.quotes);
  }

  /** Takes no batch until there is a whole book again; one that is on its way is waited for. */
  pause(): void {
    if (this.#state.kind === "synced") this.close();
  }

  /** Follows nobody, until the next message. */
  close(): void {
    if (this.#state.kind === "syncing") this.#state.stop.abort();
    this.#state = { kind: "idle" };
  }

  #decode(payload: Uint8Array): LeaderMessage | ForeignMessage | undefined {
    try {
      const message = decodeLeaderMessage(payload);
      if (message.kind === "foreign") {
        this.#sometimes(
          "foreign",
          () =>
            log.warn("The leader speaks version {version}, this server {own}: it is not followed", {
              code: "cluster_foreign_version",
              version: message.version,
              own: FEED_VERSION,
            }),
        );
      }
      return message;
    } catch (error) {
      this.#sometimes("bad", () =>
        log.warn("Message on the backbone not understood: {reason}", {
          code: "cluster_bad_message",
          reason: errorText(error),
        }));
      return undefined;
    }
  }

  #heed(term: number): boolean {
    const nowMs = this.#now();
    const leader = this.#leader;
    if (leader !== undefined && term < leader.term && nowMs - leader.heardAtMs < TERM_MEMORY_MS) {
      this.#sometimes(
        "old",
        () =>
          log.warn("A leader that was replaced still speaks: term {term}, where {newer} is known", {
            code: "cluster_old_leader",
            term,
            newer: leader.term,
          }),
      );
      return false;
    }
    const clock = leader?.term === term ? leader.clock : new LeaderClock();
    this.#leader = { term, heardAtMs: nowMs, clock };
    return true;
  }

  /** When it was said, by this server's clock; where that is not known, now. */
  #saidAtMs(message: LeaderMessage): number {
    const nowMs = this.#now();
    if (message.kind !== "status" || message.saidAtMs === undefined) return nowMs;
    return this.#leader?.clock.heard(message.saidAtMs, nowMs) ?? nowMs;
  }

  #begin(message: LeaderMessage): void {
    const { epoch } = message;
    if (epoch === this.#failedEpoch && this.#now() < this.#retryAtMs) return;
    this.close();
    const state: Syncing = { kind: "syncing", epoch, held: [], stop: new AbortController() };
    this.#state = state;
    hold(state, message);
    void this.#sync(state);
  }

  async #sync(state: Syncing): Promise<void> {
    const { epoch, stop: { signal } } = state;
    const backoff = new Backoff({ firstMs: RETRY_MS_FIRST, maxMs: RETRY_MS_MAX });
    for (let attempt = 1; attempt <= FETCHES_MAX && !signal.aborted; attempt += 1) {
      try {
        const fetched = await fetchBook(this.#backbone, epoch, signal);
        if (this.#complete(state, fetched)) return;
        throw new Error(`Cannot join the book with what came after it: ${fetched.seq} is too old`);
      } catch (error) {
        if (signal.aborted) return;
        this.#counters.add("backbone_books_failed", 1);
        log.warn("Cannot fetch the leader's book: {reason}", {
          code: "cluster_book_failed",
          reason: errorText(error),
          attempt,
        });
        await sleep(RETRY_MS_FIRST + backoff.nextMs(), signal);
      }
    }
    if (signal.aborted) return;
    this.#failedEpoch = epoch;
    this.#retryAtMs = this.#now() + FAILED_EPOCH_PAUSE_MS;
    this.close();
  }

  /** @returns whether the book and the batches that were held make up a whole */
  #complete({ epoch, held }: Syncing, { seq: first, book }: FetchedBook): boolean {
    const later = held.filter(({ seq }) => seq > first);
    if (later.some(({ seq }, index) => seq !== first + 1 + index)) return false;
    for (const { seq, quotes } of later) book.apply(quotes, seq);
    const seq = later.at(-1)?.seq ?? first;
    this.#state = { kind: "synced", epoch, seq };
    this.#syncedAtMs = this.#now();
    this.#failedEpoch = undefined;
    this.#counters.add("backbone_books", 1);
    log.info("Follows the leader, with a book of {entries} entries", {
      code: "cluster_book",
      entries: book.size,
      seq,
    });
    this.#events.onBook({ epoch, seq, entries: book.entries() });
    return true;
  }

  /** Whoever says what is not to be heeded says it often: it is logged once a minute. */
  #sometimes(what: "foreign" | "bad" | "old", say: () => void): void {
    const nowMs = this.#now();
    if (nowMs - (this.#loggedAtMs.get(what) ?? -Infinity) < LOG_INTERVAL_MS) return;
    this.#loggedAtMs.set(what, nowMs);
    say();
  }
}

function hold({ held }: Syncing, message: LeaderMessage): void {
  if (message.kind === "status") return;
  held.push(message);
  if (held.length > HELD_MAX) held.shift();
}
