import { batch, computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { type ClientQuote, compareQuotes } from "../../../src/client/client_quote.ts";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import { quoteKey, utcDay } from "../../../src/price/quote.ts";
import type { PageSight } from "../page_sight.ts";
import { type BoardRow, boardRow, type RowView } from "./board_row.ts";
import { extended } from "./day_range.ts";
import { FrameTask } from "./frame_task.ts";

/** The part of a feed client that the rows need. */
export type RowFeed = Pick<FeedClient, "on" | "quotes">;

/**
 * Every symbol and source that the feed has told of. A price costs an assignment to its row; what is in
 * view is painted once per frame, and only if it has changed. Signals tell what comes seldom: that rows
 * have come or gone, and that there is something new to sort by.
 */
export class BoardRows {
  readonly #byKey = new Map<string, BoardRow>();
  readonly #all = signal<readonly BoardRow[]>([]);
  readonly #updatedAtMs = signal<number | undefined>(undefined);
  readonly #sight: PageSight;
  readonly #views = new Set<RowView>();
  readonly #dirty = new Set<RowView>();
  readonly #frame: FrameTask;
  #rowsMade = 0;
  #hasNewRows = false;
  #changes = 0;
  #seenAtMs: number | undefined;

  /** Number of different symbols. */
  readonly symbolCount: ReadonlySignal<number> = computed(() =>
    new Set(this.#all.value.map(({ symbol }) => symbol)).size
  );
  /** All sources, sorted. */
  readonly sources: ReadonlySignal<readonly string[]> = computed(() =>
    [...new Set(this.#all.value.map(({ source }) => source))].sort()
  );

  constructor(feed: RowFeed, sight: PageSight) {
    this.#sight = sight;
    this.#frame = new FrameTask(sight, () => this.#paint());
    feed.on("snapshot", ({ quotes }) => this.#replace(quotes));
    feed.on("removed", () => this.#replace([...feed.quotes()]));
    feed.on("update", ({ quotes }) => {
      for (const quote of quotes) this.#put(quote);
      this.#noteTime();
      if (this.#hasNewRows || this.#dirty.size > 0) this.#frame.request();
    });
    effect(() => {
      if (!sight.isShown.value) return;
      untracked(() => {
        this.#updatedAtMs.value = this.#seenAtMs;
        for (const view of this.#views) this.#dirty.add(view);
        this.#frame.runNow();
      });
    });
  }

  /** All rows, sorted by symbol, then source. */
  get all(): ReadonlySignal<readonly BoardRow[]> {
    return this.#all;
  }

  /** When a price last changed, by the local clock, to the second. */
  get updatedAtMs(): ReadonlySignal<number | undefined> {
    return this.#updatedAtMs;
  }

  /** Grows with every change of a price: tells whether there is anything new to sort by. */
  get changes(): number {
    return this.#changes;
  }

  /** The row of a symbol and source. */
  get(symbol: string, source: string): BoardRow | undefined {
    return this.#byKey.get(quoteKey(symbol, source));
  }

  /** Lets a view follow its row, until the returned function is called. Paints it at once. */
  show(row: BoardRow, view: RowView): () => void {
    row.view = view;
    this.#views.add(view);
    view.paint();
    return () => {
      this.#views.delete(view);
      this.#dirty.delete(view);
      if (row.view === view) row.view = undefined;
    };
  }

  /** Says that something of a row has changed. */
  touch(row: BoardRow): void {
    this.#mark(row);
    if (this.#dirty.size > 0) this.#frame.request();
  }

  /** Paints all that is in view in the next frame, as when time has passed. */
  paintAll(): void {
    for (const view of this.#views) this.#dirty.add(view);
    this.#frame.request();
  }

  /** Says that something of all rows has changed. */
  touchAll(): void {
    for (const row of this.#byKey.values()) this.touch(row);
  }

  #mark(row: BoardRow): void {
    this.#changes += 1;
    if (row.view !== undefined) this.#dirty.add(row.view);
  }

  #put(quote: ClientQuote): void {
    const key = quoteKey(quote.symbol, quote.source);
    const row = this.#byKey.get(key);
    if (row === undefined) {
      this.#rowsMade += 1;
      this.#byKey.set(key, boardRow(key, `row-${this.#rowsMade}`, quote));
      this.#hasNewRows = true;
      return;
    }
    if (row.quote === quote) return;
    row.quote = quote;
    if (row.range !== undefined) {
      const isSameDay = row.range.day === utcDay(quote.timestamp);
      row.range = isSameDay ? extended(row.range, quote.price) : undefined;
    }
    this.#mark(row);
  }

  #replace(quotes: readonly ClientQuote[]): void {
    const wanted = new Set(quotes.map(({ symbol, source }) => quoteKey(symbol, source)));
    for (const key of this.#byKey.keys()) {
      if (!wanted.has(key)) this.#byKey.delete(key);
    }
    for (const quote of quotes) this.#put(quote);
    this.#hasNewRows = true;
    if (quotes.length > 0) this.#noteTime();
    // Shown at once, where there is anybody to show it to.
    if (this.#sight.isShown.peek()) this.#frame.runNow();
  }

  #noteTime(): void {
    this.#seenAtMs = Math.floor(Date.now() / 1000) * 1000;
    if (this.#sight.isShown.peek()) this.#updatedAtMs.value = this.#seenAtMs;
  }

  #paint(): void {
    batch(() => {
      if (this.#hasNewRows) {
        this.#hasNewRows = false;
        this.#all.value = [...this.#byKey.values()].sort(compareQuotes);
      }
    });
    for (const view of this.#dirty) view.paint();
    this.#dirty.clear();
  }
}
