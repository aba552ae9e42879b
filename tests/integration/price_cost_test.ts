import assert from "node:assert/strict";
import { Database } from "../../src/db/client.ts";
import { PriceStore } from "../../src/db/price_store.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

const PAIRS = 1500;
/** Of each pair: one to find it, its newest price, its history, and the first price of the day. */
const ROWS_PER_PAIR_MAX = 5;
const HISTORY = 100;

/** What Postgres is told of the table, and when; it learns nothing by itself here. */
const HISTORIES: readonly [string, readonly ("fill" | "one row" | "analyze")[]][] = [
  ["was never analysed", ["fill"]],
  ["was analysed when it was all but empty", ["one row", "analyze", "fill"]],
  ["was analysed", ["fill", "analyze"]],
];

async function prepare(database: TestDatabase, steps: readonly string[]): Promise<void> {
  await query(database.url, async (sql) => {
    await sql`ALTER TABLE stock_prices SET (autovacuum_enabled = false)`;
    for (const step of steps) {
      if (step === "analyze") await sql`ANALYZE stock_prices`;
      else await fill(database, step === "fill" ? PAIRS : 1);
    }
  });
}

/** One row of each pair. */
async function fill({ url }: TestDatabase, pairs: number): Promise<void> {
  await query(url, (sql) =>
    sql`
      INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT 'S' || n, 1, 'test', 1790000000 + n FROM generate_series(1, ${pairs}::int) AS n`);
}

/** Rows of the table that `run` looks at, however it finds them. */
async function rowsRead(
  { url }: TestDatabase,
  run: (store: PriceStore) => Promise<unknown>,
): Promise<number> {
  const before = await rowsReadSoFar(url);
  const reader = new Database({ url, connectionsMax: 1, applicationName: "quotewire test cost" });
  try {
    await run(new PriceStore(reader));
    // Postgres counts what a connection did when it has the time.
    await reader.query("count", 5000, (sql) => sql`SELECT pg_stat_force_next_flush()`);
  } finally {
    await reader.close();
  }
  return await rowsReadSoFar(url) - before;
}

async function rowsReadSoFar(url: string): Promise<number> {
  const [row] = await query(url, (sql) =>
    sql`
      SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 AS rows
      FROM pg_stat_user_tables WHERE relname = 'stock_prices'`);
  return Number(row?.rows);
}

for (const [history, steps] of HISTORIES) {
  Deno.test(`PriceStore reads a table that ${history} at a cost of its pairs, not their square`, async () => {
    // The first read of 2,000 rows that had just been written took 12 s: of each pair, all rows were read.
    await using database = await testDatabase();
    await prepare(database, steps);
    for (const depth of [1, HISTORY]) {
      const rows = await rowsRead(database, async (store) => {
        const newest = await store.newest(depth);
        assert.equal(newest.rows.length >= PAIRS, true);
      });
      assert.ok(rows <= PAIRS * ROWS_PER_PAIR_MAX, `${rows} rows read for a depth of ${depth}`);
    }
  });
}
