import assert from "node:assert/strict";
import { Database } from "../../src/db/client.ts";
import { type NewPriceRow, PriceWriter } from "../../src/db/price_writer.ts";
import { DeadlineError } from "../../src/errors.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

const DEADLINE_MS = 10_000;

function rows(count: number): NewPriceRow[] {
  return Array.from({ length: count }, (_, i) => ({
    symbol: `S${i}`,
    price: 1 + i / 100,
    source: "test",
    timestamp: 1000 + i,
  }));
}

/** Hands over a writer on a fresh database, and closes both. */
async function withWriter(
  work: (writer: PriceWriter, database: TestDatabase) => Promise<void>,
): Promise<void> {
  await using database = await testDatabase();
  const pool = new Database({
    url: database.url,
    connectionsMax: 1,
    applicationName: "quotewire test writer",
  });
  try {
    await work(new PriceWriter(pool), database);
  } finally {
    await pool.close();
  }
}

function storedRows({ url }: TestDatabase): Promise<NewPriceRow[]> {
  return query(url, async (sql) => [
    ...await sql<NewPriceRow[]>`
      select symbol, price, source, timestamp::float8 as timestamp from stock_prices order by id`,
  ]);
}

Deno.test("PriceWriter.write() writes rows under ascending ids", () =>
  withWriter(async (writer, database) => {
    assert.deepEqual(await writer.write(rows(5000), DEADLINE_MS), []);
    assert.deepEqual(await storedRows(database), rows(5000));
  }));

Deno.test("PriceWriter.write() keeps whatever characters and numbers rows have", () =>
  withWriter(async (writer, database) => {
    const odd = ["NULL", '"', "\\", "{a,b}", " ", "'; drop table stock_prices; --", "€😀", "a\nb"];
    const written = odd.map((symbol, i) => ({
      symbol,
      source: symbol,
      price: [5e-324, 0.1, Number.MAX_VALUE, 1e21][i % 4] ?? 1,
      timestamp: [0, -1, Number.MAX_SAFE_INTEGER][i % 3] ?? 1,
    }));
    assert.deepEqual(await writer.write(written, DEADLINE_MS), []);
    assert.deepEqual(await storedRows(database), written);
  }));

Deno.test("PriceWriter.write() writes all but the rows that the table refuses", () =>
  withWriter(async (writer, database) => {
    await query(
      database.url,
      (sql) => sql`alter table stock_prices add check (symbol <> 'S3')`,
    );
    const all: NewPriceRow[] = [
      ...rows(40),
      { symbol: "nul\0", price: 1, source: "test", timestamp: 1 },
      { symbol: "free", price: 0, source: "test", timestamp: 1 },
      { symbol: "half", price: 1, source: "test", timestamp: 1.5 },
      { symbol: "", price: 1, source: "test", timestamp: 1 },
      { symbol: "last", price: 1, source: "test", timestamp: 1 },
    ];
    const refused = await writer.write(all, DEADLINE_MS);
    assert.deepEqual(refused.map(({ row }) => row.symbol), ["S3", "nul\0", "free", "half", ""]);
    const kept = all.filter((row) => !refused.some((one) => one.row === row));
    assert.deepEqual(await storedRows(database), kept);
  }));

Deno.test("PriceWriter.write() throws when the table is not there", () =>
  withWriter(async (writer, database) => {
    await query(database.url, (sql) => sql`drop table stock_prices`);
    await assert.rejects(writer.write(rows(2), DEADLINE_MS), /does not exist/);
  }));

Deno.test("PriceWriter.write() leaves no statement behind that passed its deadline", () =>
  // An abandoned statement ran on: behind a lock they piled up, one connection for each retry, and
  // once the lock was gone the prices of one that was already prepared went in late, after newer ones.
  withWriter(async (writer, database) => {
    await writer.write(rows(10), DEADLINE_MS);
    await query(database.url, async (sql) => {
      await sql`begin`;
      await sql`lock table stock_prices in exclusive mode`;
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await assert.rejects(writer.write(rows(10), 500), DeadlineError);
      }
      const waiting = await sql`
        select 1 from pg_stat_activity
        where application_name like 'quotewire test writer %' and wait_event_type = 'Lock'`;
      assert.equal(waiting.length, 1);
      await sql`rollback`;
    });
    assert.deepEqual(await writer.write(rows(10), DEADLINE_MS), []);
    assert.deepEqual(await storedRows(database), [...rows(10), ...rows(10)]);
  }));
