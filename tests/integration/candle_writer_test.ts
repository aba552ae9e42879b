import assert from "node:assert/strict";
import { CandleStore } from "../../src/db/candle_store.ts";
import { CandleWriter } from "../../src/db/candle_writer.ts";
import { Database, openPool } from "../../src/db/client.ts";
import { pruneOldCandles, pruneOldRows } from "../../src/db/retention.ts";
import {
  allCandles,
  assertExact,
  candleStage,
  interrupted,
  randomPrices,
  writePrices,
} from "../support/candles.ts";
import { query } from "../support/query.ts";

const DAY = 86_400;
const NOW = Math.floor(Date.now() / 1000);

for (const seed of [1, 2, 3]) {
  Deno.test(`CandleWriter keeps what the rows say, however late and in whatever order they come (seed ${seed})`, async () => {
    await using stage = await candleStage();
    const rows = randomPrices(seed, 200);
    // Rows from before the candles, and some of a transaction that was open at the beginning.
    await writePrices(stage, rows.slice(0, 70));
    const late = openPool({ url: stage.database.url, connectionsMax: 1, applicationName: "late" });
    try {
      await late`begin`;
      await late`insert into stock_prices ${late(rows.slice(70, 80))}`;
      await stage.writer.step();
      await writePrices(stage, rows.slice(80, 130));
      await stage.keep();
      await assertExact(stage, [...rows.slice(0, 70), ...rows.slice(80, 130)], "before the commit");
      await late`commit`;
    } finally {
      await late.end();
    }
    // Not yet taken: the answer is exact all the same.
    await assertExact(stage, rows.slice(0, 130), "after the commit");
    // A restart, and two servers at once.
    const [one, other] = [stage.anotherWriter(), stage.anotherWriter()];
    await query(
      stage.database.url,
      (sql) => sql`update quotewire_candle_progress set held_until = '-infinity'`,
    );
    await writePrices(stage, rows.slice(130));
    for (let round = 0; round < 5; round += 1) await Promise.all([one.step(), other.step()]);
    await stage.keep(one);
    await stage.keep(other);
    await assertExact(stage, rows, "at the end");
    const [left] = await query(
      stage.database.url,
      (sql) => sql`select sum(count)::int as count from quotewire_candles where width = 60`,
    );
    assert.equal(left?.count, rows.length, "every row was taken, by one of them");
  });
}

Deno.test("CandleStore has candles of pruned days, and late prices still change them", async () => {
  await using stage = await candleStage();
  const rows = randomPrices(4, 120);
  await writePrices(stage, rows);
  await stage.keep();
  await query(
    stage.database.url,
    (sql) => sql`update stock_prices set inserted_at = now() - interval '40 days'`,
  );
  const database = new Database({
    url: stage.database.url,
    connectionsMax: 1,
    applicationName: "quotewire test prune",
  });
  const { rowsDeleted } = await pruneOldRows(database, { retentionDays: 30 });
  await pruneOldCandles(database, { retentionDays: 30 });
  await database.close();
  assert.ok(rowsDeleted > 100);
  await assertExact(stage, rows, "after the prune");
  const late = { symbol: "A", source: "x", price: 555, timestamp: NOW - 2 * DAY };
  await writePrices(stage, [late]);
  await assertExact(stage, [...rows, late], "with a late price");
  await stage.keep();
  await assertExact(stage, [...rows, late], "with a late price that was taken");
});

Deno.test("pruneOldCandles() deletes old minutes and quarters and no hours or days", async () => {
  await using stage = await candleStage();
  const row = (timestamp: number) => ({ symbol: "A", source: "x", price: 1, timestamp });
  await writePrices(stage, [row(NOW - 40 * DAY), row(NOW - 20 * DAY)]);
  await stage.keep();
  const database = new Database({
    url: stage.database.url,
    connectionsMax: 1,
    applicationName: "quotewire test prune",
  });
  const result = await pruneOldCandles(database, { retentionDays: 30 });
  await database.close();
  assert.deepEqual(result, { rowsDeleted: 2, finished: true });
  const counts = [60, 900, 3600, DAY].map(async (width) =>
    (await allCandles(stage, "A", width)).candles.length
  );
  assert.deepEqual(await Promise.all(counts), [1, 1, 2, 2]);
});

// The candles of the server that was quicker were deleted, and never made again.
Deno.test("CandleWriter does nothing where another has begun since it looked", async () => {
  await using stage = await candleStage();
  const rows = randomPrices(9, 50);
  await writePrices(stage, rows);
  const late = interrupted(stage.client, "begin the candles", () => stage.keep());
  await new CandleWriter(late).step();
  await stage.keep();
  await assertExact(stage, rows, "after both");
});

Deno.test("CandleWriter takes no row twice when another took it since it looked", async () => {
  await using stage = await candleStage();
  const rows = randomPrices(11, 30);
  await stage.keep();
  await writePrices(stage, rows);
  const release = () =>
    query(
      stage.database.url,
      (sql) => sql`update quotewire_candle_progress set held_until = '-infinity'`,
    );
  await release();
  const late = interrupted(stage.client, "take new rows", () => stage.keep());
  assert.deepEqual(await new CandleWriter(late).step(), { kind: "left" });
  await assertExact(stage, rows, "after both");
});

Deno.test("CandleStore counts no row twice when it was taken since the store looked", async () => {
  await using stage = await candleStage();
  await stage.keep();
  await writePrices(stage, randomPrices(12, 30));
  for (const action of ["read candles", "read the day"]) {
    await writePrices(stage, [{ symbol: "A", source: "x", price: 5, timestamp: NOW }]);
    const store = new CandleStore(interrupted(stage.client, action, () => stage.keep()));
    const { candles: [day] } = await store.candles({
      symbol: "A",
      source: undefined,
      widthSeconds: DAY,
      before: undefined,
      from: NOW - NOW % DAY,
      limit: 1,
    });
    const [row] = await query(
      stage.database.url,
      (sql) =>
        sql`select count(*)::int as count from stock_prices
          where symbol = 'A' and timestamp >= ${NOW - NOW % DAY}::bigint`,
    );
    assert.equal(day?.count, row?.count);
    assert.equal((await store.days(NOW)).coverage, "ready");
  }
});

Deno.test("CandleWriter leaves the candles to the server that keeps them, as long as it does", async () => {
  await using stage = await candleStage();
  const rows = randomPrices(10, 60);
  await writePrices(stage, rows.slice(0, 30));
  await stage.keep();
  await writePrices(stage, rows.slice(30));
  const other = stage.anotherWriter();
  assert.deepEqual(await other.step(), { kind: "left" });
  await query(
    stage.database.url,
    (sql) => sql`update quotewire_candle_progress set held_until = clock_timestamp()`,
  );
  await stage.keep(other);
  assert.deepEqual(await stage.writer.step(), { kind: "left" });
  await assertExact(stage, rows, "after the change");
});

Deno.test("CandleWriter makes candles anew that were not whole when they were dumped", async () => {
  await using stage = await candleStage();
  const rows = randomPrices(7, 50);
  await writePrices(stage, rows);
  await stage.keep();
  // A dump has the ids of transactions that have yet to come here.
  await query(stage.database.url, async (sql) => {
    await sql`update stock_prices set txid = '900000000', inserted_at = now() - interval '1 hour'`;
    await sql`update quotewire_candle_progress set next_transaction = '900000001', filled = false`;
    await sql`delete from quotewire_candles where symbol = 'A'`;
  });
  assert.equal((await allCandles(stage, "A", 60)).coverage, "absent");
  await stage.keep();
  await writePrices(stage, rows.slice(0, 10));
  await assertExact(stage, [...rows, ...rows.slice(0, 10)], "after the restore");
});
