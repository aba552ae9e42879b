import { useComputed } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { BoardModel } from "./board_model.ts";
import type { BoardRow } from "./board_row.ts";
import { type Geometry, listHeightPx, placeOf, spanOf } from "./geometry.ts";

/** One row of a list, where it lies. */
export interface PlacedRow {
  readonly row: BoardRow;
  /** From 0 on, in the whole list. */
  readonly index: number;
  readonly leftPx: number;
  readonly topPx: number;
  /** 0 for the row that Tab leads to, -1 for all others. */
  readonly tabIndex: 0 | -1;
}

/**
 * The rows of the board, of which only those in view are in the document, and the one with the focus.
 * They follow the order of the board, also for those who hear it.
 */
export function RowList(
  { board, scroller, geometryOf, class: className, render, ...rest }: {
    readonly board: BoardModel;
    readonly scroller: RefObject<HTMLElement | null>;
    readonly geometryOf: (widthPx: number, remPx: number) => Geometry;
    readonly class: string;
    readonly role: "list" | "rowgroup";
    readonly "aria-label"?: string;
    readonly render: (placed: PlacedRow) => ComponentChildren;
  },
) {
  const { viewport, cursor, order } = board;
  const list = useRef<HTMLDivElement>(null);
  const remPx = useMemo(
    () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
    [],
  );
  const geometry = useComputed(() => geometryOf(viewport.width.value, remPx));
  const span = () => {
    const { value: rows } = order.shown;
    return spanOf(viewport.top.value, viewport.height.value, rows.length, geometry.value);
  };
  // Numbers, because most scrolling and all prices leave them as they are.
  const first = useComputed(() => span().first).value;
  const end = useComputed(() => span().end).value;
  const rows = order.shown.value;
  cursor.beforeChange();
  useLayoutEffect(() => cursor.afterRender(list.current));
  useLayoutEffect(() => () => cursor.beforeChange(), []);
  useLayoutEffect(() => {
    if (scroller.current === null || list.current === null) return;
    return viewport.follow(scroller.current, list.current);
  }, []);
  const placed = placedRows(rows, { first, end }, geometry.value, board);
  const { itemWidthPx, itemHeightPx, isNarrow } = geometry.value;
  return (
    <div
      ref={list}
      class={isNarrow ? `${className} is-narrow` : className}
      style={{
        height: `${listHeightPx(rows.length, geometry.value)}px`,
        "--item-width": `${itemWidthPx}px`,
        "--item-height": `${itemHeightPx}px`,
      }}
      onKeyDown={(event: KeyboardEvent) => {
        board.order.noteKey();
        if (cursor.press(event, rows, geometry.value)) event.preventDefault();
      }}
      onFocusOut={(event: FocusEvent) => cursor.left(event.relatedTarget)}
      onPointerEnter={() => board.order.pointAt(true)}
      onPointerLeave={() => board.order.pointAt(false)}
      {...rest}
    >
      {placed.map(render)}
    </div>
  );
}

function placedRows(
  rows: readonly BoardRow[],
  { first, end }: { readonly first: number; readonly end: number },
  geometry: Geometry,
  { cursor }: BoardModel,
): PlacedRow[] {
  const current = cursor.current.value;
  const currentAt = current === undefined ? -1 : rows.indexOf(current);
  const indexes = Array.from({ length: end - first }, (_, offset) => first + offset);
  if (cursor.isInside.value && currentAt !== -1) {
    if (currentAt < first) indexes.unshift(currentAt);
    if (currentAt >= end) indexes.push(currentAt);
  }
  const stop = indexes.includes(currentAt) ? currentAt : indexes[0];
  return indexes.flatMap((index) => {
    const row = rows[index];
    if (row === undefined) return [];
    return [{ row, index, ...placeOf(index, geometry), tabIndex: index === stop ? 0 : -1 }];
  });
}
