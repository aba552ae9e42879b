import { computed, type ReadonlySignal } from "@preact/signals";
import type { FeedClient } from "../../src/client/feed_client.ts";
import type { Health } from "../../src/client/health.ts";
import { BoardRows } from "./board/board_rows.ts";
import { Freshness } from "./freshness/freshness.ts";
import type { PageSight } from "./page_sight.ts";

/**
 * What the page shows, as the feed client drives it: the rows of the board, and as signals how far they
 * can be trusted.
 */
export class PriceStore {
  readonly #freshness: Freshness;

  /** One for each symbol and source. */
  readonly rows: BoardRows;
  /** Number of different symbols. */
  readonly symbolCount: ReadonlySignal<number>;
  /** When a price last changed on this page, by the local clock. */
  readonly updatedAtMs: ReadonlySignal<number | undefined>;
  /** Whether what is shown may no longer be true. */
  readonly isOld: ReadonlySignal<boolean> = computed(() =>
    ["old", "over"].includes(this.health.value.kind)
  );

  constructor(
    client: FeedClient,
    sight: PageSight,
    freshness: Freshness = new Freshness(client),
  ) {
    this.#freshness = freshness;
    this.rows = new BoardRows(client, sight);
    this.symbolCount = this.rows.symbolCount;
    this.updatedAtMs = this.rows.updatedAtMs;
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
}
