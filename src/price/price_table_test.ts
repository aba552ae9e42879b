import assert from "node:assert/strict";
import { PriceTable } from "./price_table.ts";

function written(table: PriceTable, row: number, count: number): void {
  for (let price = 1; price <= count; price += 1) {
    table.write(row, { price, timestamp: price * 10, id: price, timeMs: 5, open: 6 }, price);
  }
}

function pricesOf(table: PriceTable, row: number): number[] {
  const points = table.history(row);
  assert.ok(points.every((point) => point.timestamp === point.price * 10));
  return points.map(({ price }) => price);
}

Deno.test("PriceTable keeps the numbers that were written last, of each row its own", () => {
  const table = new PriceTable(3);
  // Further apart than what is allocated together, and in no order.
  for (const row of [0, 500, 63, 64]) written(table, row, row + 1);
  for (const row of [0, 500, 63, 64]) {
    const price = row + 1;
    const numbers = { price, timestamp: price * 10, id: price, timeMs: 5, open: 6 };
    assert.deepEqual(table.numbers(row), numbers);
    assert.equal(table.seq(row), price);
  }
});

Deno.test("PriceTable.history() has the prices of each row that were written last", () => {
  const table = new PriceTable(5);
  for (const [row, count] of [0, 1, 6].entries()) written(table, row, count);
  assert.deepEqual(pricesOf(table, 0), []);
  assert.deepEqual(pricesOf(table, 1), [1]);
  assert.deepEqual(pricesOf(table, 2), [2, 3, 4, 5, 6]);
});

Deno.test("PriceTable.history() of a table without one is empty", () => {
  const table = new PriceTable(0);
  written(table, 0, 3);
  assert.deepEqual(table.history(0), []);
});

Deno.test("PriceTable.forget() empties the history and leaves the numbers", () => {
  const table = new PriceTable(5);
  written(table, 0, 3);
  table.forget(0);
  table.remember(0, 70, 7);
  assert.deepEqual(pricesOf(table, 0), [7]);
  assert.equal(table.numbers(0).price, 3);
});
