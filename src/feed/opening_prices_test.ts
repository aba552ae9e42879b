import assert from "node:assert/strict";
import { OpeningPrices } from "./opening_prices.ts";

const row = { symbol: "A", source: "x", price: 7, timestamp: 86_400 * 3 + 5, id: 1, timeMs: 0 };
const unasked = { openingPrices: () => assert.fail("the table need not be asked") };

Deno.test("OpeningPrices.learn() takes the later word on a day", async () => {
  // After a failover the table may begin the day with another row, and the lost server's price stayed.
  const openings = new OpeningPrices(unasked);
  openings.learn(row, 5);
  openings.learn(row, 6);
  openings.learn({ ...row, timestamp: row.timestamp - 86_400 }, 4);
  assert.deepEqual(await openings.of([row]), [6]);
});

Deno.test("OpeningPrices.learn() keeps the first price seen where the day's first row cannot be used", async () => {
  const openings = new OpeningPrices(unasked);
  openings.learn(row, null);
  openings.learn({ ...row, price: 9 }, null);
  assert.deepEqual(await openings.of([row]), [7]);
  openings.learn({ ...row, timestamp: row.timestamp + 86_400, price: 8 }, null);
  assert.equal(openings.known(row), 8);
});

Deno.test("OpeningPrices.of() asks once for a day whose first row cannot be used", async () => {
  // Each later price of the day was its own opening price, and asked for again with every read.
  let asked = 0;
  const openings = new OpeningPrices({
    openingPrices() {
      asked += 1;
      return Promise.resolve([]);
    },
  });
  assert.deepEqual(await openings.of([row]), [7]);
  assert.deepEqual(await openings.of([{ ...row, price: 9 }]), [7]);
  assert.equal(asked, 1);
});
