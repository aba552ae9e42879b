/** How rows lie in their list, in pixels: one below the other, or side by side as cards. */
export interface Geometry {
  readonly columns: number;
  readonly itemWidthPx: number;
  readonly itemHeightPx: number;
  readonly gapPx: number;
  /** What covers the top of the list while it is scrolled. */
  readonly headPx: number;
  /** Cards as lines of a list, or rows of two lines, where there is no room for more. */
  readonly isNarrow: boolean;
}

/** Which rows are worth having in the document: from `first` to before `end`. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

const CARD_WIDTH_MIN_REM = 16.5;
const CARD_HEIGHT_REM = 10.1;
const CARD_GAP_REM = 0.75;
const NARROW_WIDTH_MAX_REM = 34;
const LINE_HEIGHT_REM = 4.75;
const LINE_GAP_REM = 0.5;
const ROW_HEIGHT_REM = 2.25;
/** As the style sheet has it, which lays a row out in two lines from there on. */
const TWO_LINES_WIDTH_MAX_REM = 46;
const TWO_LINES_HEIGHT_REM = 3.25;
const TWO_LINES_HEAD_REM = 2.75;
/** Lines beyond the edges, so that a quick scroll does not show emptiness. */
const OVERSCAN_LINES = 4;

/** Cards: as many side by side as have room. */
export function cardGeometry(widthPx: number, remPx: number): Geometry {
  const isNarrow = widthPx < NARROW_WIDTH_MAX_REM * remPx;
  const gapPx = (isNarrow ? LINE_GAP_REM : CARD_GAP_REM) * remPx;
  const fitting = Math.floor((widthPx + gapPx) / (CARD_WIDTH_MIN_REM * remPx + gapPx));
  const columns = isNarrow ? 1 : Math.max(fitting, 1);
  return {
    columns,
    itemWidthPx: Math.max((widthPx - (columns - 1) * gapPx) / columns, 0),
    itemHeightPx: (isNarrow ? LINE_HEIGHT_REM : CARD_HEIGHT_REM) * remPx,
    gapPx,
    headPx: 0,
    isNarrow,
  };
}

/** A table's rows, below its head; two lines each where they have no room for all columns side by side. */
export function tableGeometry(widthPx: number, remPx: number): Geometry {
  const isNarrow = widthPx <= TWO_LINES_WIDTH_MAX_REM * remPx;
  return {
    columns: 1,
    itemWidthPx: widthPx,
    itemHeightPx: (isNarrow ? TWO_LINES_HEIGHT_REM : ROW_HEIGHT_REM) * remPx,
    gapPx: 0,
    headPx: (isNarrow ? TWO_LINES_HEAD_REM : ROW_HEIGHT_REM) * remPx,
    isNarrow,
  };
}

/** Where an item begins, from the top left of the list. */
export function placeOf(index: number, geometry: Geometry): { leftPx: number; topPx: number } {
  const { columns, itemWidthPx, itemHeightPx, gapPx } = geometry;
  return {
    leftPx: (index % columns) * (itemWidthPx + gapPx),
    topPx: Math.floor(index / columns) * (itemHeightPx + gapPx),
  };
}

/** Height of a list with so many items. */
export function listHeightPx(count: number, { columns, itemHeightPx, gapPx }: Geometry): number {
  const lines = Math.ceil(count / columns);
  return lines === 0 ? 0 : lines * (itemHeightPx + gapPx) - gapPx;
}

/** The items that can be seen from `topPx` on, and some beyond both edges. */
export function spanOf(
  topPx: number,
  heightPx: number,
  count: number,
  { columns, itemHeightPx, gapPx }: Geometry,
): Span {
  const linePx = itemHeightPx + gapPx;
  const firstLine = Math.floor(topPx / linePx) - OVERSCAN_LINES;
  const endLine = Math.ceil((topPx + heightPx) / linePx) + OVERSCAN_LINES;
  const first = Math.min(Math.max(firstLine * columns, 0), count);
  return { first, end: Math.min(Math.max(endLine * columns, first), count) };
}
