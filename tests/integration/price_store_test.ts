import assert from "node:assert/strict";
import { Database } from "../../src/db/client.ts";
import { PriceStore } from "../../src/db/price_store.ts";
import { insertPrices } from "../support/dashboard.ts";
import { LogRecords } from "../support/log_records.ts";
import { testDatabase } from "../support/postgres.ts";

Deno.test("PriceStore logs a few of the rows that it cannot show, however many a writer writes", async () => {
  // To Postgres these names have 20 characters, to JavaScript 37. Each such row was a line, with each read.
  await using records = await LogRecords.keep();
  await using database = await testDatabase();
  const reader = new Database({
    url: database.url,
    connectionsMax: 1,
    applicationName: "quotewire test",
  });
  try {
    const store = new PriceStore(reader);
    const { cursor } = await store.newest(1);
    const names = Array.from({ length: 200 }, (_, n) => `${n}`.padEnd(3) + "😀".repeat(17));
    await insertPrices(database.url, names.map((symbol) => ({ symbol, price: 1 })));
    for (let read = 0; read < 3; read += 1) {
      assert.deepEqual((await store.newest(1)).rows, []);
      const changes = await store.changesSince(cursor);
      assert.ok(changes.kind === "rows" && changes.rows.length === 0);
    }
    assert.equal(records.of("db_row_invalid").length, 5);
  } finally {
    await reader.close();
  }
});
