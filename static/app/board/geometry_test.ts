/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { cardGeometry, listHeightPx, placeOf, spanOf, tableGeometry } from "./geometry.ts";

const REM_PX = 16;

Deno.test("cardGeometry() fills the width with as many cards as have room", () => {
  const geometry = cardGeometry(1200, REM_PX);
  assert.equal(geometry.columns, 4);
  assert.equal(4 * geometry.itemWidthPx + 3 * geometry.gapPx, 1200);
});

Deno.test("cardGeometry() has one column on a phone, and before anything is measured", () => {
  assert.deepEqual([390, 0].map((widthPx) => cardGeometry(widthPx, REM_PX).columns), [1, 1]);
});

Deno.test("spanOf() holds what is in view and a few lines more, wherever one is", () => {
  const geometry = tableGeometry(1000, REM_PX);
  const line = geometry.itemHeightPx;
  assert.deepEqual(spanOf(0, 20 * line, 2000, geometry), { first: 0, end: 24 });
  assert.deepEqual(spanOf(100 * line, 20 * line, 2000, geometry), { first: 96, end: 124 });
  assert.deepEqual(spanOf(1980 * line, 20 * line, 2000, geometry), { first: 1976, end: 2000 });
});

Deno.test("spanOf() never lies outside of a list that has become shorter", () => {
  const geometry = tableGeometry(1000, REM_PX);
  assert.deepEqual(spanOf(50_000, 700, 3, geometry), { first: 3, end: 3 });
  assert.deepEqual(spanOf(0, 700, 0, geometry), { first: 0, end: 0 });
});

Deno.test("spanOf() takes whole lines of cards", () => {
  const geometry = cardGeometry(1200, REM_PX);
  const { first, end } = spanOf(5000, 800, 1000, geometry);
  assert.deepEqual([first % 4, end % 4], [0, 0]);
});

Deno.test("placeOf() and listHeightPx() agree on where the list ends", () => {
  const geometry = cardGeometry(1200, REM_PX);
  const { topPx } = placeOf(9, geometry);
  assert.equal(topPx + geometry.itemHeightPx, listHeightPx(10, geometry));
  assert.equal(listHeightPx(0, geometry), 0);
});
