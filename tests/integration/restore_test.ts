import assert from "node:assert/strict";
import { openPool } from "../../src/db/client.ts";
import {
  assertExact,
  type CandleStage,
  candleStage,
  randomPrices,
  writePrices,
} from "../support/candles.ts";
import { connect } from "../support/dialogue.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { nextTransaction, restore, spendTransactions } from "../support/restore.ts";
import { startServer } from "../support/server.ts";
import { processTest } from "../support/server_stage.ts";

// A dump keeps each row's txid, and a new cluster counts transactions from the beginning: for days all
// restored rows are of transactions that have yet to come there, and then they are not any more.

/** Enough that neither a restore nor a test uses up as many. */
const AHEAD = 3000n;

/** Makes sure that what is written from now on is of transactions that the other cluster has not had. */
async function getAhead(url: string, otherUrl: string): Promise<void> {
  await spendTransactions(url, await nextTransaction(otherUrl) + AHEAD);
}

/** Writes rows in a transaction that is still open when the candles take those that came after. */
async function writeUnseen(
  stage: CandleStage,
  late: Parameters<typeof writePrices>[1],
  meanwhile: Parameters<typeof writePrices>[1],
): Promise<void> {
  const sql = openPool({ url: stage.database.url, connectionsMax: 1, applicationName: "late" });
  try {
    await sql`begin`;
    await sql`insert into stock_prices ${sql(late)}`;
    await writePrices(stage, meanwhile);
    await stage.keep();
    await sql`commit`;
  } finally {
    await sql.end();
  }
}

// All candles were made anew from the rows that were left, so that with RETENTION_DAYS years of hours
// and days were gone after a restore.
processTest(
  "CandleWriter keeps candles of pruned prices in a database that was restored elsewhere, twice",
  async () => {
    const rows = randomPrices(21, 130);
    await using first = await candleStage();
    await using second = await candleStage({ database: await testCluster() });
    await using third = await candleStage({ database: await testCluster() });
    await getAhead(first.database.url, second.database.url);
    await writePrices(first, rows.slice(0, 60));
    await first.keep();
    await query(first.database.url, (sql) => sql`delete from stock_prices where id <= 40`);
    await writeUnseen(first, rows.slice(60, 70), rows.slice(70, 80));
    await writePrices(first, rows.slice(80, 90));

    await restore(first.database.url, second.database.url);
    await writePrices(second, rows.slice(90, 100));
    await second.keep();
    await assertExact(second, rows.slice(0, 100), "after the restore");
    await getAhead(second.database.url, first.database.url);
    await writePrices(second, rows.slice(100, 110));
    await second.keep();
    await assertExact(second, rows.slice(0, 110), "when those transactions have come");

    await query(second.database.url, (sql) => sql`delete from stock_prices where id <= 80`);
    await restore(second.database.url, third.database.url);
    await writePrices(third, rows.slice(110));
    await third.keep();
    await assertExact(third, rows, "after the second restore");
  },
);

processTest(
  "The server shows a restored database's prices, and those that come after",
  async () => {
    await using source = await testDatabase();
    await using target = await testCluster();
    await getAhead(source.url, target.url);
    const write = (url: string, price: number) =>
      query(url, (sql) =>
        sql`insert into stock_prices (symbol, price, source, timestamp)
        values ('A', ${price}, 'x', ${Math.floor(Date.now() / 1000)})`);
    await write(source.url, 1);
    await write(source.url, 2);
    await restore(source.url, target.url);

    await using server = await startServer({
      databaseUrl: target.url,
      env: { FEED_MODE: "listen", WORKERS: "1" },
    });
    await using client = await connect(`${server.socketUrl}/ws`, null);
    await client.next("price 2", ({ price }) => price === 2);
    await write(target.url, 3);
    await client.next("price 3", ({ price }) => price === 3);
    await getAhead(target.url, source.url);
    await write(target.url, 4);
    await client.next("price 4", ({ price }) => price === 4);
    const prices = client.received.flatMap(({ price }) => price ?? []);
    assert.deepEqual(prices, [2, 3, 4], "no price went back");
  },
);
