import assert from "node:assert/strict";
import { PriceHistory } from "./price_history.ts";

function filled(lengthMax: number, count: number): number[] {
  const history = new PriceHistory(lengthMax);
  for (let price = 1; price <= count; price += 1) history.push(price * 10, price);
  assert.ok(history.points().every((point) => point.timestamp === point.price * 10));
  return history.points().map(({ price }) => price);
}

Deno.test("PriceHistory.points() are the newest, oldest first, however many came", () => {
  for (const lengthMax of [0, 1, 3, 8, 10, 100]) {
    for (const count of [0, 1, 7, 8, 9, 10, 11, 25, 100, 101, 350]) {
      const all = Array.from({ length: count }, (_, index) => index + 1);
      const expected = lengthMax === 0 ? [] : all.slice(-lengthMax);
      assert.deepEqual(filled(lengthMax, count), expected, `${count} of ${lengthMax}`);
    }
  }
});
