import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { FeedClient } from "../../src/client/feed_client.ts";
import { type Health, healthOf, type HeardFeed } from "../../src/client/health.ts";
import { BoardRows } from "./board/board_rows.ts";
import type { PageSight } from "./page_sight.ts";

const CLOCK_INTERVAL_MS = 1000;

/**
 * What the page shows, as the feed client drives it: the rows of the board, and as signals how far they
 * can be trusted.
 */
export class PriceStore {
  readonly #client: FeedClient;
  readonly #state;
  readonly #heard = signal<HeardFeed | undefined>(undefined);
  readonly #nowMs = signal(Date.now());
  readonly #serverNowMs = signal(Date.now());
  readonly #roundTripMs = signal<number | undefined>(undefined);

  /** One for each symbol and source. */
  readonly rows: BoardRows;
  /** Number of different symbols. */
  readonly symbolCount: ReadonlySignal<number>;
  /** When a price last changed on this page, by the local clock. */
  readonly updatedAtMs: ReadonlySignal<number | undefined>;
  /** How far the prices can be trusted. */
  readonly health: ReadonlySignal<Health>;
  /** Whether what is shown may no longer be true. */
  readonly isOld: ReadonlySignal<boolean> = computed(() =>
    ["old", "over"].includes(this.health.value.kind)
  );

  constructor(client: FeedClient, sight: PageSight) {
    this.#client = client;
    this.rows = new BoardRows(client, sight);
    this.symbolCount = this.rows.symbolCount;
    this.updatedAtMs = this.rows.updatedAtMs;
    this.#state = signal(client.state);
    this.health = computed(() => healthOf(this.#state.value, this.#heard.value));
    client.on("state", (state) => this.#state.value = state);
    client.on("heartbeat", ({ feed, roundTripMs }) => {
      this.#heard.value = { feed, atMs: Date.now() };
      this.#roundTripMs.value = roundTripMs;
    });
  }

  /** The local time, once a second: for countdowns. */
  get nowMs(): ReadonlySignal<number> {
    return this.#nowMs;
  }

  /** The server's time, once a second: for ages of prices. */
  get serverNowMs(): ReadonlySignal<number> {
    return this.#serverNowMs;
  }

  /** The last measured round trip. */
  get roundTripMs(): ReadonlySignal<number | undefined> {
    return this.#roundTripMs;
  }

  /** Lets the clocks of the page run. */
  startClock(): void {
    setInterval(() => {
      batch(() => {
        this.#nowMs.value = Date.now();
        this.#serverNowMs.value = this.#client.serverNowMs();
      });
    }, CLOCK_INTERVAL_MS);
  }
}
