import assert from "node:assert/strict";
import { Database } from "../../src/db/client.ts";
import {
  pruneOldMessages,
  pruneOldRows,
  type PruneOptions,
  type PruneResult,
} from "../../src/db/retention.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

Deno.test("pruneOldRows() deletes what is older and keeps what is younger", async () => {
  await using database = await databaseWith(`
    ('A', 1, 's', 1, now() - interval '31 days'),
    ('A', 2, 's', 2, now() - interval '29 days'),
    ('A', 3, 's', 3, now())`);
  const result = await prune(database, { retentionDays: 30 });
  assert.deepEqual(result, { rowsDeleted: 1, finished: true });
  assert.deepEqual(await pricesLeft(database), [2, 3]);
});

Deno.test("pruneOldRows() keeps the newest of each symbol and source, however old", async () => {
  await using database = await databaseWith(`
    ('A', 1, 's', 100, now() - interval '90 days'),
    ('A', 2, 's', 300, now() - interval '95 days'),
    ('A', 3, 's', 200, now() - interval '80 days'),
    ('A', 4, 't', 100, now() - interval '90 days'),
    ('B', 5, 's', 100, now() - interval '90 days')`);
  await prune(database, { retentionDays: 30 });
  assert.deepEqual(await pricesLeft(database), [2, 4, 5]);
});

Deno.test("pruneOldRows() keeps the later row of two with the same timestamp", async () => {
  await using database = await databaseWith(`
    ('A', 1, 's', 100, now() - interval '90 days'),
    ('A', 2, 's', 100, now() - interval '90 days')`);
  await prune(database, { retentionDays: 30 });
  assert.deepEqual(await pricesLeft(database), [2]);
});

// Rows from before an adoption may break the rules. The board does not show them, so they must not take
// the place of the newest that it does show.
Deno.test("pruneOldRows() keeps the newest that can be shown", async () => {
  await using database = await testDatabase();
  await run(database, `alter table stock_prices drop constraint quotewire_price_positive`);
  await run(database, `alter table stock_prices drop constraint quotewire_timestamp_present`);
  await run(database, `alter table stock_prices alter column timestamp drop not null`);
  await insert(
    database,
    `
    ('A', 1, 's', 100, now() - interval '90 days'),
    ('A', 0, 's', 200, now() - interval '90 days'),
    ('A', 'NaN', 's', 300, now() - interval '90 days'),
    ('A', 4, 's', null, now() - interval '90 days'),
    ('A', 5, 's', 1795233361000, now() - interval '90 days')`,
  );
  await prune(database, { retentionDays: 30 });
  assert.deepEqual(await pricesLeft(database), [1]);
});

Deno.test("pruneOldRows() finds old rows in whatever order they were written", async () => {
  await using database = await testDatabase();
  await run(
    database,
    `insert into stock_prices (symbol, price, source, timestamp, inserted_at)
      select 'S' || n % 7, 1 + n % 3, 's', n, now() - (n * 7919 % 60) * interval '1 day'
      from generate_series(1, 60000) n`,
  );
  await prune(database, { retentionDays: 30 });
  const [row] = await query(
    database.url,
    (sql) =>
      sql`select count(distinct symbol)::int as symbols,
        count(*) filter (where inserted_at < now() - interval '30 days')::int <= 7 as pruned,
        count(*) filter (where inserted_at > now() - interval '29.5 days')::int as young
      from stock_prices`,
  );
  assert.deepEqual(row, { symbols: 7, pruned: true, young: 30_000 });
});

Deno.test("pruneOldRows() never reads the whole table in one statement", async () => {
  await using database = await testDatabase();
  await run(
    database,
    `insert into stock_prices (symbol, price, source, timestamp, inserted_at)
      select 'S' || n % 100, 1, 's', n, now() - interval '90 days' from generate_series(1, 50000) n`,
  );
  const before = await scans(database);
  await prune(database, { retentionDays: 30 });
  const after = await waitFor("Postgres to count the index scans", async () => {
    const counts = await scans(database);
    return counts.index > before.index ? counts : undefined;
  });
  assert.equal(after.sequential, before.sequential);
});

Deno.test("pruneOldRows() stops after a batch when told to, and goes on from there another time", async () => {
  await using database = await testDatabase();
  await run(
    database,
    `insert into stock_prices (symbol, price, source, timestamp, inserted_at)
      select 'A', 1, 's', n, now() - interval '90 days' from generate_series(1, 50000) n`,
  );
  const controller = new AbortController();
  const first = await prune(database, {
    retentionDays: 30,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  assert.equal(first.finished, false);
  assert.ok(first.rowsDeleted > 0 && first.rowsDeleted < 49_999);
  const second = await prune(database, { retentionDays: 30 });
  assert.deepEqual(second, { rowsDeleted: 49_999 - first.rowsDeleted, finished: true });
});

Deno.test("pruneOldRows() tells how far it has come", async () => {
  await using database = await testDatabase();
  await run(
    database,
    `insert into stock_prices (symbol, price, source, timestamp)
      select 'A', 1, 's', n from generate_series(1, 20000) n`,
  );
  const shares: number[] = [];
  await prune(database, { retentionDays: 30, onProgress: ({ share }) => shares.push(share) });
  assert.ok(shares.length > 1);
  assert.deepEqual(shares, shares.toSorted((a, b) => a - b));
  assert.equal(shares.at(-1), 1);
});

Deno.test("pruneOldRows() has nothing to do in an empty table", async () => {
  await using database = await testDatabase();
  assert.deepEqual(await prune(database, { retentionDays: 30 }), {
    rowsDeleted: 0,
    finished: true,
  });
});

async function prune(database: TestDatabase, options: PruneOptions): Promise<PruneResult> {
  const connection = new Database({
    url: database.url,
    connectionsMax: 1,
    applicationName: "quotewire test",
  });
  try {
    return await pruneOldRows(connection, options);
  } finally {
    await connection.close();
  }
}

async function databaseWith(rows: string): Promise<TestDatabase> {
  const database = await testDatabase();
  await insert(database, rows);
  return database;
}

function insert(database: TestDatabase, rows: string): Promise<void> {
  return run(
    database,
    `insert into stock_prices (symbol, price, source, timestamp, inserted_at) values ${rows}`,
  );
}

async function run(database: TestDatabase, text: string): Promise<void> {
  await query(database.url, (sql) => sql.unsafe(text).simple());
}

async function pricesLeft(database: TestDatabase): Promise<number[]> {
  const rows = await query(
    database.url,
    (sql) => sql<{ price: number }[]>`select price from stock_prices order by price`,
  );
  return rows.map(({ price }) => price);
}

async function scans(database: TestDatabase): Promise<{ sequential: number; index: number }> {
  const rows = await query(database.url, (sql) =>
    sql<{ sequential: number; index: number }[]>`
      select seq_scan::int as sequential, idx_scan::int as index
      from pg_stat_user_tables where relname = 'stock_prices'`);
  return rows[0] ?? { sequential: 0, index: 0 };
}

Deno.test("pruneOldMessages() forgets rooms in which nobody has spoken for too long", async () => {
  await using database = await testDatabase();
  await run(
    database,
    `insert into quotewire_chat_rooms (room, newest)
      select n || ' days', rpad(
        lpad(to_hex((extract(epoch from now() - n * interval '1 day') * 1000)::bigint), 12, '0') || '7',
        32, '0'
      )::uuid
      from unnest(array[1, 99, 101, 1000]) n`,
  );
  const pool = new Database({ url: database.url, connectionsMax: 1, applicationName: "test" });
  try {
    await pruneOldMessages(pool, { retentionDays: 100 });
    const [row] = await query(
      database.url,
      (sql) => sql`select array_agg(room order by newest)::text as rooms from quotewire_chat_rooms`,
    );
    assert.deepEqual(row, { rooms: '{"99 days","1 days"}' });
  } finally {
    await pool.close();
  }
});

Deno.test("pruneOldMessages() deletes what was said too long ago, and nothing else", async () => {
  await using database = await testDatabase();
  await run(
    database,
    `insert into quotewire_chat_messages (id, room, username, content, said_at)
      select gen_random_uuid(), 'lobby', 'ada', n::text, now() - n * interval '1 day'
      from generate_series(1, 1200) n`,
  );
  const pool = new Database({ url: database.url, connectionsMax: 1, applicationName: "test" });
  try {
    const result = await pruneOldMessages(pool, { retentionDays: 100 });
    assert.deepEqual(result, { rowsDeleted: 1101, finished: true });
    const [row] = await query(
      database.url,
      (sql) =>
        sql`select count(*)::int as kept, max(content::int) as oldest from quotewire_chat_messages`,
    );
    assert.deepEqual(row, { kept: 99, oldest: 99 });
  } finally {
    await pool.close();
  }
});
