/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { testRow } from "../../../tests/support/board_rows.ts";
import type { BoardRow } from "./board_row.ts";
import { nextSort, type Sort, sorted } from "./sort.ts";

function order(rows: readonly BoardRow[], sort: Sort | undefined): string[] {
  return sorted(rows, sort).map(({ symbol }) => symbol);
}

Deno.test("nextSort() goes from ascending to descending to none, and begins anew in another column", () => {
  const first = nextSort(undefined, "last");
  assert.deepEqual(first, { column: "last", isDescending: false });
  const second = nextSort(first, "last");
  assert.deepEqual(second, { column: "last", isDescending: true });
  assert.equal(nextSort(second, "last"), undefined);
  assert.deepEqual(nextSort(second, "age"), { column: "age", isDescending: false });
});

Deno.test("sorted() compares figures as figures, and the change of a day with the day's open", () => {
  const rows = [
    testRow("A", { price: 90 }),
    testRow("B", { price: 1000, open: 1001 }),
    testRow("C", { price: 9, open: 8 }),
  ];
  assert.deepEqual(order(rows, { column: "last", isDescending: false }), ["C", "A", "B"]);
  assert.deepEqual(order(rows, { column: "change", isDescending: true }), ["C", "B", "A"]);
  assert.deepEqual(order(rows, { column: "percent", isDescending: false }), ["A", "B", "C"]);
});

Deno.test("sorted() keeps the order of rows that are equal, in both directions", () => {
  const rows = [testRow("B"), testRow("A"), testRow("C")];
  for (const isDescending of [false, true]) {
    assert.deepEqual(order(rows, { column: "last", isDescending }), ["B", "A", "C"]);
  }
});

Deno.test("sorted() puts what is not known last, in both directions", () => {
  const known = testRow("B");
  known.range = { day: 0, open: 1, high: 2, low: 1, certainty: "table" };
  const rows = [testRow("A"), known];
  for (const isDescending of [false, true]) {
    assert.deepEqual(order(rows, { column: "high", isDescending }), ["B", "A"]);
  }
});

Deno.test("sorted() by age begins with the newest price", () => {
  const rows = [testRow("A", { timestamp: 5 }), testRow("B", { timestamp: 9 })];
  assert.deepEqual(order(rows, { column: "age", isDescending: false }), ["B", "A"]);
});
