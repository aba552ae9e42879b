import type { PriceRow, PriceStore, ReadCursor } from "../db/price_store.ts";
import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { Quote } from "../price/quote.ts";
import type { Trigger } from "./feed.ts";
import type { FeedHealth } from "./health.ts";
import { OpeningPrices } from "./opening_prices.ts";

const HISTORY_DEPTH = 100;
const RETRY_DELAY_MS = 500;

const log = logger("feed");

/**
 * The one loop that reads the table. Wake it as often as you like: reads never overlap, and what wakes
 * it during a read makes for one more read after it, not for one per call.
 */
export class FeedReader {
  readonly #store: PriceStore;
  readonly #health: FeedHealth;
  readonly #deliver: (quotes: readonly Quote[]) => void;
  readonly #opening: OpeningPrices;
  #cursor: ReadCursor | undefined;
  #everRead = false;
  #due: Trigger | undefined = "start";
  #wakeUp: (() => void) | undefined;

  constructor(
    store: PriceStore,
    health: FeedHealth,
    deliver: (quotes: readonly Quote[]) => void,
  ) {
    this.#store = store;
    this.#health = health;
    this.#deliver = deliver;
    this.#opening = new OpeningPrices(store);
  }

  /** Whether a read has been asked for and has not begun. */
  get due(): boolean {
    return this.#due !== undefined;
  }

  /** Asks for a read. */
  wake(trigger: Trigger): void {
    this.#due ??= trigger;
    this.#wakeUp?.();
  }

  /** Reads whenever woken, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#wakeUp?.(), { once: true });
    while (!signal.aborted) {
      const trigger = await this.#nextTrigger(signal);
      if (trigger === undefined) return;
      if (!await this.#read(trigger) && !signal.aborted) {
        await sleep(RETRY_DELAY_MS, signal);
        this.wake("retry");
      }
    }
  }

  async #nextTrigger(signal: AbortSignal): Promise<Trigger | undefined> {
    while (this.#due === undefined) {
      if (signal.aborted) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wakeUp = resolve;
      await promise;
      this.#wakeUp = undefined;
    }
    const trigger = this.#due;
    this.#due = undefined;
    return signal.aborted ? undefined : trigger;
  }

  /** @returns whether the table could be read */
  async #read(trigger: Trigger): Promise<boolean> {
    const startedAtMs = performance.now();
    this.#health.readStarted(startedAtMs);
    try {
      const quotes = this.#cursor === undefined
        ? await this.#readNewest()
        : await this.#readChanges(this.#cursor);
      if (quotes.length > 0) this.#deliver(quotes);
      this.#health.readSucceeded();
      log.debug("Read {rows} rows in {durationMs} ms, woken by {trigger}", {
        code: "feed_read",
        rows: quotes.length,
        durationMs: Math.round(performance.now() - startedAtMs),
        trigger,
      });
      return true;
    } catch (error) {
      // After a failover another server may answer, to which the cursor means nothing.
      this.#cursor = undefined;
      this.#health.readFailed();
      log.warn("Cannot read prices: {reason}", {
        code: "feed_read_failed",
        reason: errorText(error),
        trigger,
      });
      return false;
    }
  }

  async #readNewest(): Promise<Quote[]> {
    const { rows, cursor } = await this.#store.newest(this.#everRead ? 1 : HISTORY_DEPTH);
    for (const row of rows) this.#opening.learn(row, row.open);
    this.#cursor = cursor;
    this.#everRead = true;
    return rows;
  }

  async #readChanges(cursor: ReadCursor): Promise<Quote[]> {
    const changes = await this.#store.changesSince(cursor);
    if (changes.kind === "too_many") return await this.#readNewest();
    const quotes = await this.#withOpening(changes.rows);
    this.#cursor = changes.cursor;
    return quotes;
  }

  async #withOpening(rows: readonly PriceRow[]): Promise<Quote[]> {
    const opens = await this.#opening.of(rows);
    return rows.map((row, index) => ({ ...row, open: opens[index] ?? row.price }));
  }
}
