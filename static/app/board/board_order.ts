import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { PageSight } from "../page_sight.ts";
import { type BoardRow, matchesSearch } from "./board_row.ts";
import type { BoardRows } from "./board_rows.ts";
import type { BoardSettings } from "./board_settings.ts";
import { isMoving, sorted } from "./sort.ts";
import type { Watchlists } from "./watchlists.ts";

const RESORT_INTERVAL_MS = 500;
const KEYBOARD_HOLD_MS = 3000;

/**
 * Which rows are shown, in which order: those of the chosen watchlist and source that match the search.
 * An order by something that moves is made anew twice a second at most, and not while the user points at
 * a row or goes through them by keyboard: no row jumps away under the pointer.
 */
export class BoardOrder {
  readonly #rows: BoardRows;
  readonly #round = signal(0);
  #sortedChanges = -1;
  #isPointedAt = signal(false);
  #keyAtMs = Number.NEGATIVE_INFINITY;

  /** What the user typed to narrow the list. */
  readonly search = signal("");
  /** The only source that is shown; undefined for all. */
  readonly source = signal<string | undefined>(undefined);
  /** Rows that match, unsorted: a watchlist's in its own order, else by symbol, then source. */
  readonly matching: ReadonlySignal<readonly BoardRow[]>;
  /** Rows that match, in the order in which they are shown. */
  readonly shown: ReadonlySignal<readonly BoardRow[]>;
  /** Whether the order stands still because the user points at it. */
  readonly isHeld: ReadonlySignal<boolean>;

  constructor(
    { rows, watchlists, settings, sight }: {
      readonly rows: BoardRows;
      readonly watchlists: Watchlists;
      readonly settings: BoardSettings;
      readonly sight: PageSight;
    },
  ) {
    this.#rows = rows;
    const listed = computed(() => ofList(rows.all.value, watchlists.active.value?.symbols));
    this.matching = computed(() => {
      const text = this.search.value;
      const source = this.source.value;
      return listed.value.filter((row) =>
        (source === undefined || row.source === source) && matchesSearch(row, text)
      );
    });
    let before: readonly BoardRow[] = [];
    this.shown = computed(() => {
      this.#round.value;
      this.#sortedChanges = rows.changes;
      const after = sorted(this.matching.value, settings.sort.value);
      // The same order is the same list, so that nothing is rendered for it.
      if (after.length !== before.length || after.some((row, index) => row !== before[index])) {
        before = after;
      }
      return before;
    });
    this.isHeld = computed(() => {
      const sort = settings.sort.value;
      return this.#isPointedAt.value && sort !== undefined && isMoving(sort);
    });
    effect(() => {
      const sort = settings.sort.value;
      if (sort === undefined || !isMoving(sort) || !sight.isShown.value) return;
      this.#sortAgain();
      const timer = setInterval(() => this.#sortAgain(), RESORT_INTERVAL_MS);
      return () => clearInterval(timer);
    });
  }

  /** Says whether the pointer is above the rows. */
  pointAt(isPointedAt: boolean): void {
    this.#isPointedAt.value = isPointedAt;
  }

  /** Says that the user goes through the rows by keyboard. */
  noteKey(): void {
    this.#keyAtMs = performance.now();
  }

  #sortAgain(): void {
    if (this.#rows.changes === this.#sortedChanges || this.#isPointedAt.peek()) return;
    if (performance.now() - this.#keyAtMs < KEYBOARD_HOLD_MS) return;
    this.#round.value = this.#round.peek() + 1;
  }
}

/** A watchlist's rows, in its order; all of them without a watchlist. */
function ofList(
  rows: readonly BoardRow[],
  symbols: readonly string[] | undefined,
): readonly BoardRow[] {
  if (symbols === undefined) return rows;
  const places = new Map(symbols.map((symbol, index) => [symbol, index]));
  return rows
    .flatMap((row) => {
      const place = places.get(row.symbol);
      return place === undefined ? [] : [{ row, place }];
    })
    .sort((a, b) => a.place - b.place)
    .map(({ row }) => row);
}
