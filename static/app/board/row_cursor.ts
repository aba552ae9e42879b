import { type ReadonlySignal, signal } from "@preact/signals";
import type { BoardRow } from "./board_row.ts";
import { type Geometry, placeOf } from "./geometry.ts";
import type { Viewport } from "./viewport.ts";

/** Elements of a row that the keyboard reaches, in their order. */
const STOPS = "a[href], button";

/**
 * Which row the keyboard is at. One row alone is reached by Tab, arrows lead on from there; the row with
 * the focus stays in the document, however far the list is scrolled.
 */
export class RowCursor {
  readonly #viewport: Viewport;
  readonly #current = signal<BoardRow | undefined>(undefined);
  readonly #isInside = signal(false);
  #list: HTMLElement | undefined;
  #isChanging = false;
  #wantsFocus = false;

  constructor(viewport: Viewport) {
    this.#viewport = viewport;
  }

  /** The row that has the focus or had it last. */
  get current(): ReadonlySignal<BoardRow | undefined> {
    return this.#current;
  }

  /** Whether the focus is in the list. */
  get isInside(): ReadonlySignal<boolean> {
    return this.#isInside;
  }

  /** Says that the list is about to be rendered or to go: focus that is lost then is lost by accident. */
  beforeChange(): void {
    this.#isChanging = true;
  }

  /** Brings the focus to where it belongs. */
  afterRender(list: HTMLElement | null): void {
    this.#isChanging = false;
    this.#list = list ?? undefined;
    if (list === null) return;
    // Nobody else has it: the row was moved, or the list is back from another view.
    const isLost = this.#isInside.peek() && document.activeElement === document.body;
    if (!this.#wantsFocus && !isLost) return;
    this.#wantsFocus = false;
    const { id } = this.#current.peek() ?? {};
    const row = id === undefined ? null : document.getElementById(id);
    if (row === null) this.#isInside.value = false;
    else row.querySelector<HTMLElement>("a[href]")?.focus({ preventScroll: true });
  }

  /** Takes note of where the focus went. */
  entered(row: BoardRow): void {
    this.#current.value = row;
    this.#isInside.value = true;
  }

  /** Takes note that the focus went, to `next` if there is one. */
  left(next: EventTarget | null): void {
    if (this.#isChanging || (next instanceof Node && this.#list?.contains(next))) return;
    this.#isInside.value = false;
  }

  /** Brings the focus to a row. */
  goTo(rows: readonly BoardRow[], index: number, geometry: Geometry): void {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (row === undefined) return;
    const { topPx } = placeOf(rows.indexOf(row), geometry);
    this.#viewport.reveal(topPx, topPx + geometry.itemHeightPx, geometry.headPx);
    this.focus(row);
  }

  /** Brings the focus to a row, as soon as it is in the document. */
  focus(row: BoardRow): void {
    this.#wantsFocus = true;
    const isSame = this.#current.peek() === row && this.#isInside.peek();
    this.entered(row);
    if (isSame) this.afterRender(this.#list ?? null);
  }

  /**
   * Goes where a key leads; returns whether it leads anywhere.
   *
   * @param event of an element in the list
   */
  press(event: KeyboardEvent, rows: readonly BoardRow[], geometry: Geometry): boolean {
    const row = this.#current.peek();
    const index = row === undefined ? -1 : rows.indexOf(row);
    if (index === -1 || event.ctrlKey || event.metaKey || event.altKey) return false;
    const { columns } = geometry;
    if (columns === 1 && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      return this.#goAcross(event);
    }
    const step = stepOf(event.key, columns, rows.length, this.#linesInView(geometry));
    if (step === undefined) return false;
    const target = index + step;
    // Up from the first line and down from the last lead nowhere.
    if (Math.abs(step) === columns && (target < 0 || target >= rows.length)) return true;
    this.goTo(rows, target, geometry);
    return true;
  }

  #goAcross({ key, target }: KeyboardEvent): boolean {
    const row = target instanceof Element ? target.closest("[data-row]") : null;
    const stops = [...row?.querySelectorAll<HTMLElement>(STOPS) ?? []];
    const at = stops.findIndex((stop) => stop === target);
    stops[at + (key === "ArrowRight" ? 1 : -1)]?.focus();
    return true;
  }

  #linesInView({ itemHeightPx, gapPx, headPx }: Geometry): number {
    const heightPx = this.#viewport.height.peek() - headPx;
    return Math.max(Math.floor(heightPx / (itemHeightPx + gapPx)) - 1, 1);
  }
}

function stepOf(
  key: string,
  columns: number,
  count: number,
  linesInView: number,
): number | undefined {
  switch (key) {
    case "ArrowDown":
      return columns;
    case "ArrowUp":
      return -columns;
    case "ArrowRight":
      return 1;
    case "ArrowLeft":
      return -1;
    case "PageDown":
      return columns * linesInView;
    case "PageUp":
      return -columns * linesInView;
    case "Home":
      return -count;
    case "End":
      return count;
    default:
      return undefined;
  }
}
