import assert from "node:assert/strict";
import type { Sql } from "../../src/db/client.ts";
import { migrate } from "../../src/db/migrator.ts";
import { SetupError } from "../../src/errors.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

// A table stock_prices that somebody else has made is taken over as it is: see the migration's head.

const WRITE = "insert into stock_prices (symbol, price, source, timestamp) " +
  "values ('NEW', 12.5, 'later', 1700000009)";
const OLD_ROWS = "('AAPL', 101.25, 'seed', 1700000000), ('MSFT', 202.5, 'seed', 1700000001)";

const VARIANTS: Readonly<Record<string, string>> = {
  "four columns without a key": `
    create table stock_prices (symbol text, price double precision, source text, timestamp bigint);
    insert into stock_prices (symbol, price, source, timestamp) values ${OLD_ROWS}`,
  "a serial id and created_at": `
    create table stock_prices (
      id serial primary key,
      symbol text not null,
      price double precision not null,
      source text not null,
      timestamp bigint not null,
      created_at timestamptz default now()
    );
    create index on stock_prices (symbol, timestamp);
    insert into stock_prices (symbol, price, source, timestamp) values ${OLD_ROWS}`,
  "short and exact types": `
    create table stock_prices (
      symbol varchar(10), price numeric(12, 4), source varchar(20), timestamp integer
    );
    insert into stock_prices (symbol, price, source, timestamp) values ${OLD_ROWS}`,
  "another primary key": `
    create table stock_prices (
      symbol text, price real, source text, timestamp bigint, primary key (symbol, source, timestamp)
    );
    insert into stock_prices (symbol, price, source, timestamp) values ${OLD_ROWS}`,
  "an id that is not filled in by itself": `
    create table stock_prices (
      id integer, symbol text, price numeric, source text, timestamp numeric
    );
    insert into stock_prices (symbol, price, source, timestamp) values ${OLD_ROWS};
    update stock_prices set id = 41 where symbol = 'AAPL'`,
  "times and transactions of its own": `
    create table stock_prices (
      symbol text, price double precision, source text, timestamp bigint,
      inserted_at timestamptz default now(), txid xid8 default pg_current_xact_id()
    );
    insert into stock_prices (symbol, price, source, timestamp) values ${OLD_ROWS}`,
  "times and transactions that are not filled in by themselves": `
    create table stock_prices (
      symbol text, price double precision, source text, timestamp bigint,
      inserted_at timestamptz, txid xid8
    );
    insert into stock_prices values
      ('AAPL', 101.25, 'seed', 1700000000, now(), pg_current_xact_id()),
      ('MSFT', 202.5, 'seed', 1700000001, now(), pg_current_xact_id())`,
  "columns in another order, with quirks of age": `
    create table stock_prices (
      note text, timestamp bigint, source text, gone int, price double precision, symbol char(8)
    );
    alter table stock_prices drop column gone;
    comment on table stock_prices is 'ours';
    insert into stock_prices (symbol, price, source, timestamp) values ${OLD_ROWS}`,
};

for (const [variant, sql] of Object.entries(VARIANTS)) {
  Deno.test(`migrate() adopts a table with ${variant} and keeps its values`, async () => {
    await using database = await databaseWith(sql);
    const before = await readValues(database);
    await migrate(database.url);
    assert.equal(before.length, 2);
    assert.deepEqual(await readValues(database), before);
  });

  Deno.test(`migrate() lets who writes to a table with ${variant} go on as before`, async () => {
    await using database = await databaseWith(sql);
    await migrate(database.url);
    await run(database, WRITE);
    const [row] = await query(database.url, (sql) =>
      sql`select id::bigint > 0 as id,
          id = (select max(id) from stock_prices) as newest,
          clock_timestamp() - inserted_at between '0 s' and '1 min' as time,
          txid < pg_snapshot_xmin(pg_current_snapshot()) as txid
        from stock_prices where symbol = 'NEW'`);
    assert.deepEqual(row, { id: true, newest: true, time: true, txid: true });
  });

  Deno.test(`migrate() gives every old row of a table with ${variant} an id and times`, async () => {
    await using database = await databaseWith(sql);
    await migrate(database.url);
    const [row] = await query(
      database.url,
      (sql) =>
        sql`select count(distinct id)::int as ids, count(inserted_at)::int as times,
          count(txid)::int as txids from stock_prices`,
    );
    assert.deepEqual(row, { ids: 2, times: 2, txids: 2 });
  });
}

Deno.test("migrate() takes the time of old rows from the writer's timestamp where that can be", async () => {
  await using database = await databaseWith(`
    create table stock_prices (symbol text, price double precision, source text, timestamp bigint);
    insert into stock_prices (symbol, price, source, timestamp) values
      ('past', 1, 's', 1700000000), ('future', 1, 's', 99999999999), ('ms', 1, 's', 1700000000000),
      ('ancient', 1, 's', -5), ('huge', 1, 's', 9223372036854775807), ('none', 1, 's', null)`);
  await migrate(database.url);
  const rows = await query(database.url, (sql) =>
    sql`select symbol from stock_prices
      where inserted_at = to_timestamp(1700000000) or inserted_at < now() - interval '1 day'`);
  assert.deepEqual(rows.map(({ symbol }) => symbol), ["past"]);
});

const BAD_ROWS = [
  "(null, 1, 's', 1)",
  "('', 1, 's', 1)",
  "('123456789012345678901234567890123', 1, 's', 1)",
  "('A', null, 's', 1)",
  "('A', 0, 's', 1)",
  "('A', 'NaN', 's', 1)",
  "('A', 'infinity', 's', 1)",
  "('A', 1, null, 1)",
  "('A', 1, '', 1)",
  "('A', 1, 's', null)",
];

Deno.test("migrate() keeps old rows that break the rules", async () => {
  await using database = await databaseWith(`
    create table stock_prices (symbol text, price double precision, source text, timestamp bigint);
    insert into stock_prices (symbol, price, source, timestamp) values ${BAD_ROWS.join()}`);
  const before = await readValues(database);
  await migrate(database.url);
  assert.deepEqual(await readValues(database), before);
});

Deno.test("migrate() makes a table whose new rows keep the rules", async () => {
  await using fresh = await testDatabase();
  await using adopted = await databaseWith(`
    create table stock_prices (symbol text, price double precision, source text, timestamp bigint);
    insert into stock_prices (symbol, price, source, timestamp) values ${BAD_ROWS.join()}`);
  await migrate(adopted.url);
  for (const database of [fresh, adopted]) {
    for (const row of BAD_ROWS) {
      await assert.rejects(
        run(database, `insert into stock_prices (symbol, price, source, timestamp) values ${row}`),
        /violates (check|not-null) constraint/,
        row,
      );
    }
  }
});

Deno.test("migrate() marks the rules as valid when the old rows keep them", async () => {
  await using database = await databaseWith(VARIANTS["four columns without a key"] ?? "");
  await migrate(database.url);
  const rows = await query(
    database.url,
    (sql) =>
      sql`select conname, convalidated from pg_constraint
      where conrelid = 'stock_prices'::regclass and contype = 'c' order by conname`,
  );
  assert.deepEqual(rows.map(({ conname, convalidated }) => [conname, convalidated]), [
    ["quotewire_price_positive", true],
    ["quotewire_source_length", true],
    ["quotewire_symbol_length", true],
    ["quotewire_timestamp_present", true],
  ]);
});

Deno.test("migrate() lets a user with no right but to insert go on writing", async () => {
  await using database = await databaseWith(
    VARIANTS["an id that is not filled in by itself"] ?? "",
  );
  const role = `writer_${database.name}`;
  await run(database, `create role ${role}; grant insert on stock_prices to ${role}`);
  await migrate(database.url);
  try {
    await run(database, `set role ${role}; ${WRITE}`);
  } finally {
    await run(database, `drop owned by ${role}; drop role ${role}`);
  }
});

Deno.test("migrate() wakes listeners once per statement that inserts", async () => {
  await using database = await testDatabase();
  await query(database.url, async (sql) => {
    let notices = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const listening = await sql.listen("quotewire_stock_prices", (payload) => {
      if (payload === "") notices += 1;
    });
    const fence = await sql.listen("fence", () => resolve());
    await sql`insert into stock_prices (symbol, price, source, timestamp)
      select 'A', n, 's', n from generate_series(1, 500) n`;
    await sql.notify("fence", "");
    await promise;
    assert.equal(notices, 1);
    await listening.unlisten();
    await fence.unlisten();
  });
});

const REFUSED: Readonly<Record<string, [sql: string, message: RegExp]>> = {
  "a missing column": [
    "create table stock_prices (symbol text, price float8, timestamp bigint)",
    /stock_prices must have a column source, has none\. Rename that table/,
  ],
  "a timestamp that is no number": [
    "create table stock_prices (symbol text, price float8, source text, timestamp timestamptz)",
    /stock_prices\.timestamp must be of type bigint, unix seconds, is timestamp with time zone/,
  ],
  "an id that is no number": [
    "create table stock_prices (id uuid, symbol text, price float8, source text, timestamp bigint)",
    /stock_prices\.id must be of type bigint, is uuid/,
  ],
  "a view of that name": [
    "create view stock_prices as select ''::text as symbol, 1 as price, ''::text as source, 1 as timestamp",
    /stock_prices must be an ordinary table/,
  ],
};

for (const [what, [sql, message]] of Object.entries(REFUSED)) {
  Deno.test(`migrate() refuses ${what} in words`, async () => {
    await using database = await databaseWith(sql);
    await assert.rejects(migrate(database.url), (error) => {
      assert.ok(error instanceof SetupError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

async function databaseWith(sql: string): Promise<TestDatabase> {
  const database = await testDatabase({ empty: true });
  await run(database, sql);
  return database;
}

async function run(database: TestDatabase, text: string): Promise<void> {
  await query(database.url, (sql) => sql.unsafe(text).simple());
}

/** All that the writer wrote, as text, with the identity that it gave the row. */
async function readValues(database: TestDatabase): Promise<unknown[]> {
  const columns = await query(database.url, (sql) => columnsOf(sql));
  const known = columns.filter((name) => !["id", "inserted_at", "txid"].includes(name));
  const rows = await query(
    database.url,
    (sql) =>
      sql.unsafe(`select ${known.map((name) => `${name}::text`).join(", ")} from stock_prices
      order by symbol, price, source, timestamp`),
  );
  return [...rows];
}

async function columnsOf(sql: Sql): Promise<string[]> {
  const rows = await sql`
    select attname from pg_attribute
    where attrelid = 'stock_prices'::regclass and attnum > 0 and not attisdropped order by attname`;
  return rows.map(({ attname }) => String(attname));
}
