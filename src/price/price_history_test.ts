import assert from "node:assert/strict";
import { PriceHistory } from "./price_history.ts";

/** More than the log holds. */
const MANY = 10_000;

function added(history: PriceHistory, row: number, count: number): void {
  for (let price = 1; price <= count; price += 1) history.add(row, price * 10, price);
}

function pricesOf(history: PriceHistory, row: number): number[] {
  const points = history.of(row);
  assert.ok(points.every((point) => point.timestamp === point.price * 10));
  return points.map(({ price }) => price);
}

Deno.test("PriceHistory.of() has the latest prices, oldest first, up to the maximum", () => {
  const history = new PriceHistory(5);
  for (const [row, count] of [0, 1, 4, 5, 6, 12].entries()) added(history, row, count);
  assert.deepEqual(pricesOf(history, 0), []);
  assert.deepEqual(pricesOf(history, 1), [1]);
  assert.deepEqual(pricesOf(history, 2), [1, 2, 3, 4]);
  assert.deepEqual(pricesOf(history, 3), [1, 2, 3, 4, 5]);
  assert.deepEqual(pricesOf(history, 4), [2, 3, 4, 5, 6]);
  assert.deepEqual(pricesOf(history, 5), [8, 9, 10, 11, 12]);
});

Deno.test("PriceHistory.of() has the latest prices when there were more than the log holds", () => {
  const history = new PriceHistory(3);
  for (let price = 1; price <= MANY; price += 1) {
    // Rows that lie further apart than what is allocated together, and in no order.
    for (const row of [0, 500, 63, 64]) history.add(row, (price + row) * 10, price + row);
  }
  for (const row of [0, 500, 63, 64]) {
    assert.deepEqual(pricesOf(history, row), [MANY - 2, MANY - 1, MANY].map((one) => one + row));
  }
  assert.deepEqual(pricesOf(history, 1), []);
});

Deno.test("PriceHistory.of() is the same however often it was asked before", () => {
  const [asked, unasked] = [new PriceHistory(4), new PriceHistory(4)];
  for (let price = 1; price <= 11; price += 1) {
    for (const history of [asked, unasked]) history.add(price % 3, price * 10, price);
    pricesOf(asked, price % 2);
  }
  for (const row of [0, 1, 2, 3]) assert.deepEqual(asked.of(row), unasked.of(row));
  assert.deepEqual(pricesOf(asked, 2), [2, 5, 8, 11]);
});

Deno.test("PriceHistory of no prices at all is empty", () => {
  const history = new PriceHistory(0);
  added(history, 0, MANY);
  assert.deepEqual(history.of(0), []);
});

Deno.test("PriceHistory.forget() empties one row", () => {
  const history = new PriceHistory(5);
  added(history, 0, 3);
  added(history, 1, 2);
  history.forget(0);
  history.forget(MANY);
  history.add(0, 70, 7);
  assert.deepEqual(pricesOf(history, 0), [7]);
  assert.deepEqual(pricesOf(history, 1), [1, 2]);
});
