import type { PriceRow, PriceStore, ServerCursor } from "../db/price_store.ts";
import { Bell } from "../bell.ts";
import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { Quote } from "../price/quote.ts";
import type { Tracing } from "../tracing.ts";
import type { Trigger } from "./feed.ts";
import type { GatherWindow } from "./gather_window.ts";
import type { FeedHealth } from "./health.ts";
import { OpeningPrices } from "./opening_prices.ts";

/** What a reader tells. Calls are serial. */
export interface ReaderEvents {
  /** What the first read found, past prices among it, if anything. */
  readonly onBeginning: (quotes: readonly Quote[]) => void;
  /** What a later read found, if anything. */
  readonly onQuotes: (quotes: readonly Quote[]) => void;
  /** A read has ended, well or not: the feed's health may be another. */
  readonly onRead: (read: FeedRead) => void;
}

/** How a read of the table went. */
export type FeedRead =
  | { readonly ok: true; readonly durationMs: number; readonly rows: number }
  | { readonly ok: false };

/** What a reader asks of a `PriceStore`. */
export type PriceReads = Pick<PriceStore, "newest" | "changesSince" | "openingPrices">;

const HISTORY_DEPTH = 100;
const RETRY_DELAY_MS = 500;

const log = logger("feed");

/**
 * The one loop that reads the table. Wake it as often as you like: reads never overlap, and what wakes
 * it during a read makes for one more read after it, not for one per call.
 */
export class FeedReader {
  readonly #store: PriceReads;
  readonly #health: FeedHealth;
  readonly #events: ReaderEvents;
  readonly #window: GatherWindow;
  readonly #opening: OpeningPrices;
  readonly #tracing: Tracing | undefined;
  #cursor: ServerCursor | undefined;
  #everRead = false;
  #failing = false;
  #due: Trigger | undefined = "start";
  readonly #bell = new Bell();

  /**
   * @param window how long reads wait for more prices while many are delivered
   * @param tracing left out where nobody wants a span of each read
   */
  constructor(
    store: PriceReads,
    health: FeedHealth,
    events: ReaderEvents,
    window: GatherWindow,
    tracing?: Tracing,
  ) {
    this.#store = store;
    this.#health = health;
    this.#events = events;
    this.#window = window;
    this.#tracing = tracing;
    this.#opening = new OpeningPrices(store);
  }

  /** Whether a read has been asked for and has not begun. */
  get due(): boolean {
    return this.#due !== undefined;
  }

  /** Asks for a read. */
  wake(trigger: Trigger): void {
    this.#due ??= trigger;
    this.#bell.ring();
  }

  /** Reads whenever woken, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const trigger = this.#due;
      if (trigger === undefined) {
        await this.#bell.wait(signal);
        continue;
      }
      const remainingMs = this.#window.remainingMs(performance.now());
      if (remainingMs > 0) await sleep(remainingMs, signal);
      if (signal.aborted) return;
      this.#due = undefined;
      const read = await this.#tracedRead(trigger);
      if (read.ok || signal.aborted) continue;
      await sleep(RETRY_DELAY_MS, signal);
      this.wake("retry");
    }
  }

  #tracedRead(trigger: Trigger): Promise<FeedRead> {
    if (this.#tracing === undefined) return this.#read(trigger);
    return this.#tracing.during("feed read", { "quotewire.trigger": trigger }, async (span) => {
      const read = await this.#read(trigger);
      if (read.ok) span.note({ "quotewire.rows": read.rows });
      else span.fail();
      return read;
    });
  }

  async #read(trigger: Trigger): Promise<FeedRead> {
    const startedAtMs = performance.now();
    this.#health.readStarted(startedAtMs);
    this.#window.began(startedAtMs);
    const { onBeginning, onQuotes } = this.#events;
    const deliver = this.#everRead ? onQuotes : onBeginning;
    try {
      const quotes = this.#cursor === undefined
        ? await this.#readNewest()
        : await this.#readChanges(this.#cursor);
      if (quotes.length > 0) deliver(quotes);
      this.#window.found(quotes.length, performance.now());
      this.#health.readSucceeded();
      this.#failing = false;
      const durationMs = performance.now() - startedAtMs;
      const read: FeedRead = { ok: true, durationMs, rows: quotes.length };
      this.#events.onRead(read);
      log.debug("Read {rows} rows in {durationMs} ms, woken by {trigger}", {
        code: "feed_read",
        rows: quotes.length,
        durationMs: Math.round(durationMs),
        trigger,
      });
      return read;
    } catch (error) {
      // After a failover another server may answer, to which the cursor means nothing.
      this.#cursor = undefined;
      this.#health.readFailed();
      this.#events.onRead({ ok: false });
      this.#logFailure(error, trigger);
      return { ok: false };
    }
  }

  /** Once for each run of failures: they come twice a second. */
  #logFailure(error: unknown, trigger: Trigger): void {
    const level = this.#failing ? "debug" : "warn";
    this.#failing = true;
    log[level]("Cannot read prices: {reason}", {
      code: "feed_read_failed",
      reason: errorText(error),
      trigger,
    });
  }

  async #readNewest(): Promise<Quote[]> {
    const { rows, cursor } = await this.#store.newest(this.#everRead ? 1 : HISTORY_DEPTH);
    for (const row of rows) this.#opening.learn(row, row.open);
    this.#cursor = cursor;
    this.#everRead = true;
    return rows.map((row) => ({ ...row, open: row.open ?? this.#opening.known(row) ?? row.price }));
  }

  async #readChanges(cursor: ServerCursor): Promise<Quote[]> {
    const changes = await this.#store.changesSince(cursor);
    if (changes.kind !== "rows") {
      log.debug("Reading all newest prices: {why}", {
        code: "feed_read_newest",
        why: changes.kind,
      });
      return await this.#readNewest();
    }
    const quotes = await this.#withOpening(changes.rows);
    this.#cursor = changes.cursor;
    return quotes;
  }

  async #withOpening(rows: readonly PriceRow[]): Promise<Quote[]> {
    const opens = await this.#opening.of(rows);
    return rows.map((row, index) => ({ ...row, open: opens[index] ?? row.price }));
  }
}
