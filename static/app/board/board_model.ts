import { effect } from "@preact/signals";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import type { PageSight } from "../page_sight.ts";
import type { PageStorage } from "../page_storage.ts";
import type { PriceStore } from "../price_store.ts";
import { BoardOrder } from "./board_order.ts";
import { BoardSettings } from "./board_settings.ts";
import { type ApiAccess, DayRanges } from "./day_ranges.ts";
import { RowCursor } from "./row_cursor.ts";
import { Viewport } from "./viewport.ts";
import { Watchlists } from "./watchlists.ts";

/** Everything that the board shows and remembers. */
export class BoardModel {
  readonly store: PriceStore;
  readonly settings: BoardSettings;
  readonly watchlists: Watchlists;
  readonly order: BoardOrder;
  readonly viewport: Viewport = new Viewport();
  readonly cursor: RowCursor = new RowCursor(this.viewport);

  /** Leads the keyboard to the first row. */
  enter(): void {
    const rows = this.order.shown.peek();
    const [first] = rows;
    if (first === undefined) return;
    this.order.noteKey();
    this.viewport.reveal(0, 0, 0);
    this.cursor.focus(first);
  }

  constructor(
    { store, client, sight, storage, tabs, access }: {
      readonly store: PriceStore;
      readonly client: FeedClient;
      readonly sight: PageSight;
      readonly storage: PageStorage;
      /** Tells when another tab has changed the storage. */
      readonly tabs: Pick<EventTarget, "addEventListener">;
      readonly access: ApiAccess;
    },
  ) {
    const { rows } = store;
    this.store = store;
    this.settings = new BoardSettings(storage);
    this.watchlists = new Watchlists(storage, tabs);
    this.order = new BoardOrder({
      rows,
      watchlists: this.watchlists,
      settings: this.settings,
      sight,
    });
    new DayRanges({ rows, feed: client, access, sight });
    effect(() => {
      // Ages grow without anything new.
      store.serverNowMs.value;
      if (sight.isShown.peek()) rows.paintAll();
    });
  }
}
