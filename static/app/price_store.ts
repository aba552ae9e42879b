import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { type ClientQuote, compareQuotes } from "../../src/client/client_quote.ts";
import type { FeedClient } from "../../src/client/feed_client.ts";
import type { Health } from "../../src/client/health.ts";
import { quoteKey } from "../../src/price/quote.ts";
import { FrameBatch } from "./frame_batch.ts";
import { Freshness } from "./freshness/freshness.ts";
import { matchesFilter, type PriceRow, priceRow } from "./price_row.ts";

/**
 * What the page shows, as signals that the feed client drives. Prices change one row's signal each, so a
 * tick renders one card; only a new or vanished symbol renders the list.
 */
export class PriceStore {
  readonly #freshness: Freshness;
  readonly #byKey = new Map<string, PriceRow>();
  readonly #all = signal<readonly PriceRow[]>([]);
  readonly #updatedAtMs = signal<number | undefined>(undefined);
  readonly #batch = new FrameBatch<string, ClientQuote>((quotes) => this.#show(quotes));

  /** What the user typed to narrow the list. */
  readonly filter = signal("");
  /** Rows that match the filter, sorted by symbol, then source. */
  readonly rows: ReadonlySignal<readonly PriceRow[]> = computed(() =>
    this.#all.value.filter((row) => matchesFilter(row, this.filter.value))
  );
  /** Number of rows, filtered or not. */
  readonly rowCount: ReadonlySignal<number> = computed(() => this.#all.value.length);
  /** Number of different symbols. */
  readonly symbolCount: ReadonlySignal<number> = computed(() =>
    new Set(this.#all.value.map(({ symbol }) => symbol)).size
  );

  constructor(client: FeedClient, freshness: Freshness = new Freshness(client)) {
    this.#freshness = freshness;
    client.on("snapshot", ({ quotes }) => this.#replace(quotes));
    client.on("removed", () => this.#replace([...client.quotes()]));
    client.on("update", ({ quotes }) => {
      for (const quote of quotes) this.#batch.add(quoteKey(quote.symbol, quote.source), quote);
    });
  }

  /** How far the prices can be trusted. */
  get health(): ReadonlySignal<Health> {
    return this.#freshness.health;
  }

  /** The local time, once a second: for countdowns. */
  get nowMs(): ReadonlySignal<number> {
    return this.#freshness.nowMs;
  }

  /** The server's time, once a second: for ages of prices. */
  get serverNowMs(): ReadonlySignal<number> {
    return this.#freshness.serverNowMs;
  }

  /** When a price last changed on this page, by the local clock. */
  get updatedAtMs(): ReadonlySignal<number | undefined> {
    return this.#updatedAtMs;
  }

  #replace(quotes: readonly ClientQuote[]): void {
    this.#batch.clear();
    batch(() => {
      const wanted = new Set(quotes.map(({ symbol, source }) => quoteKey(symbol, source)));
      for (const key of this.#byKey.keys()) {
        if (!wanted.has(key)) this.#byKey.delete(key);
      }
      for (const quote of quotes) this.#put(quote);
      this.#sort();
      if (quotes.length > 0) this.#updatedAtMs.value = Date.now();
    });
  }

  #show(quotes: Iterable<ClientQuote>): void {
    batch(() => {
      const before = this.#byKey.size;
      for (const quote of quotes) this.#put(quote);
      if (this.#byKey.size !== before) this.#sort();
      this.#updatedAtMs.value = Date.now();
    });
  }

  #put(quote: ClientQuote): void {
    const key = quoteKey(quote.symbol, quote.source);
    const row = this.#byKey.get(key);
    if (row === undefined) {
      this.#byKey.set(key, priceRow(key, quote));
      return;
    }
    const { quote: shown, moves } = row.state.peek();
    if (shown === quote) return;
    // Relative to what was on the screen, not to ticks that no frame has shown.
    const moved = quote.price !== shown.price;
    const previousPrice = moved ? shown.price : quote.previousPrice;
    row.state.value = { quote: { ...quote, previousPrice }, moves: moves + (moved ? 1 : 0) };
  }

  #sort(): void {
    this.#all.value = [...this.#byKey.values()].sort(compareQuotes);
  }
}
