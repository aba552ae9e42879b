import assert from "node:assert/strict";
import { CandleStore } from "../../src/db/candle_store.ts";
import { Database } from "../../src/db/client.ts";
import { PriceStore } from "../../src/db/price_store.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

const PAIRS = 1500;
/** Of each pair: one to find it, its newest price, its history, and the first price of the day. */
const ROWS_PER_PAIR_MAX = 5;
const HISTORY = 100;
const TIMES_UNTIL_A_PLAN_IS_KEPT = 8;
/** When the first row's price was valid; each has its own second of one day. */
const TIME_SECONDS = 1_700_000_000;

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
      SELECT 'S' || n, 1, 'test', ${TIME_SECONDS}::bigint + n FROM generate_series(1, ${pairs}::int) AS n`);
}

function openReader({ url }: TestDatabase): Database {
  return new Database({ url, connectionsMax: 1, applicationName: "quotewire test cost" });
}

/** Rows of the table that `run` looks at by way of `reader`, however it finds them. */
async function rowsRead(
  { url }: TestDatabase,
  reader: Database,
  run: () => Promise<unknown>,
): Promise<number> {
  const before = await rowsReadSoFar(url);
  await run();
  // Postgres counts what a connection did when it has the time.
  await reader.query("count", 5000, (sql) => sql`SELECT pg_stat_force_next_flush()`);
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
    const reader = openReader(database);
    try {
      const store = new PriceStore(reader);
      for (const depth of [1, HISTORY]) {
        const rows = await rowsRead(database, reader, async () => {
          const newest = await store.newest(depth);
          assert.ok(newest.rows.length >= PAIRS);
        });
        assert.ok(rows <= PAIRS * ROWS_PER_PAIR_MAX, `${rows} rows read for a depth of ${depth}`);
      }
    } finally {
      await reader.close();
    }
  });
}

Deno.test("PriceStore reads each row of the history once", async () => {
  // With each row it looked up the pair's newest price, and the first of the day, once more.
  await using database = await testDatabase();
  await prepare(database, []);
  const pairs = 20;
  for (let round = 0; round < HISTORY; round += 1) await fill(database, pairs);
  const reader = openReader(database);
  try {
    const store = new PriceStore(reader);
    const rows = await rowsRead(database, reader, async () => {
      assert.equal((await store.newest(HISTORY)).rows.length, pairs * HISTORY);
    });
    assert.ok(rows <= pairs * (HISTORY + ROWS_PER_PAIR_MAX), `${rows} rows read`);
  } finally {
    await reader.close();
  }
});

Deno.test("PriceStore and CandleStore go by the indexes of a table that was empty when they began", async () => {
  // From the sixth time on Postgres kept the plan for an empty table: each poll read the whole table, and
  // each pair's price and first price of the day did.
  await using database = await testDatabase();
  await prepare(database, []);
  const reader = openReader(database);
  try {
    const store = new PriceStore(reader);
    const candles = new CandleStore(reader);
    let { cursor } = await store.newest(1);
    const poll = async () => {
      const changes = await store.changesSince(cursor);
      assert.ok(changes.kind === "rows");
      cursor = changes.cursor;
      return changes.rows;
    };
    const filled = Array.from({ length: PAIRS }, (_, n) => (
      { symbol: `S${n + 1}`, source: "test", timestamp: TIME_SECONDS, price: 1, id: 1, timeMs: 1 }
    ));
    const chart = { symbol: "S1", source: undefined, from: undefined, limit: 10 };
    const reads: Record<string, () => Promise<unknown>> = {
      "all new rows": poll,
      "none that is new": poll,
      "newest": () => store.newest(1),
      "first prices of the day": () => store.openingPrices(filled),
      "days": () => candles.days(TIME_SECONDS),
      "candles": () =>
        candles.candles({ ...chart, widthSeconds: 15, before: TIME_SECONDS + PAIRS }),
    };
    for (let time = 0; time < TIMES_UNTIL_A_PLAN_IS_KEPT; time += 1) {
      for (const read of Object.values(reads)) await read();
    }
    await fill(database, PAIRS);
    const found: Record<string, number> = {};
    for (const [name, read] of Object.entries(reads)) {
      found[name] = await rowsRead(database, reader, read);
    }
    assert.deepEqual(found, {
      "all new rows": PAIRS,
      "none that is new": 0,
      "newest": 3 * PAIRS,
      "first prices of the day": PAIRS,
      "days": 2 * PAIRS,
      "candles": found.candles,
    });
    assert.ok(Number(found.candles) <= 10, `${found.candles} rows read for candles`);
  } finally {
    await reader.close();
  }
});
