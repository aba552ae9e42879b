import assert from "node:assert/strict";
import fc from "fast-check";
import { arrayLiteral } from "../../src/db/array_literal.ts";
import { Database, type Sql } from "../../src/db/client.ts";
import { NotificationListener, PRICES_CHANNEL } from "../../src/db/notifications.ts";
import { type PriceRow, PriceStore } from "../../src/db/price_store.ts";
import { tickFault } from "../../src/aggregator/tick.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

const RUNS = 60;
const DEADLINE_MS = 30_000;
const DAY_SECONDS = 86_400;

/** A row as whoever owns an adopted table may have written it, before there were checks. */
interface WrittenRow {
  readonly symbol: string | null;
  readonly source: string | null;
  /** As Postgres reads it. */
  readonly price: string | null;
  readonly timestamp: string | null;
}

const aName = fc.oneof(
  // Mostly of few symbols, so that bad rows and good ones are of the same.
  { arbitrary: fc.constantFrom("A", "B"), weight: 12 },
  fc.constantFrom("", " ", "👍".repeat(20), "é".repeat(32), "x".repeat(33), "\ud800"),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constant(null),
).map((name) => name?.replaceAll("\0", "").toWellFormed() ?? null);
const aPrice = fc.oneof(
  fc.double({ min: 1e-3, max: 1e6, noNaN: true }).map(String),
  fc.constantFrom("NaN", "Infinity", "-Infinity", "0", "-0", "-1", "5e-324", "1.7e308"),
  fc.constant(null),
);
const nowSeconds = Math.floor(Date.now() / 1000);
const aTimestamp = fc.oneof(
  fc.integer({ min: nowSeconds - 3 * DAY_SECONDS, max: nowSeconds }).map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom("0", "-1", String(nowSeconds * 1000), String(2 ** 53)),
  fc.constant(null),
);
const rows = fc.array(
  fc.record({ symbol: aName, source: aName, price: aPrice, timestamp: aTimestamp }),
  { maxLength: 25 },
);

/**
 * An adopted table whose first row of a day had no price: the question for the day's first price failed,
 * and with it every read, so that no symbol's prices came any more.
 */
function firstOfTheDayIsBad(price: string | null): [WrittenRow[]] {
  const row = { symbol: "A", source: "B", timestamp: String(nowSeconds) };
  const midnight = String(nowSeconds - nowSeconds % DAY_SECONDS);
  return [[{ ...row, price, timestamp: midnight }, { ...row, price: "7" }]];
}

/** The day of this row began before the first bigint: to ask for it failed, and with it every first read. */
const BEFORE_ALL_DAYS: WrittenRow[] = [
  { symbol: "A", source: "B", price: "7", timestamp: String(-(2n ** 63n)) },
];

/** Takes away what keeps bad rows out. */
async function dropChecks(sql: Sql): Promise<void> {
  const checks = await sql`
    SELECT conname FROM pg_constraint
    WHERE conrelid = 'stock_prices'::regclass AND contype = 'c'`;
  assert.ok(checks.length > 0);
  for (const { conname } of checks) {
    await sql`ALTER TABLE stock_prices DROP CONSTRAINT ${sql(conname)}`;
  }
  for (const column of ["symbol", "source", "price", "timestamp"]) {
    await sql`ALTER TABLE stock_prices ALTER COLUMN ${sql(column)} DROP NOT NULL`;
  }
}

async function insert(sql: Sql, written: readonly WrittenRow[]): Promise<void> {
  const column = (name: keyof WrittenRow) => arrayLiteral(written.map((row) => row[name]));
  await sql`
    INSERT INTO stock_prices (symbol, source, price, timestamp)
    SELECT * FROM unnest(${column("symbol")}::text::text[], ${column("source")}::text::text[],
      ${column("price")}::text::float8[], ${column("timestamp")}::text::bigint[])`;
}

/** The newest good row of each symbol and source, as the prices of both. */
function expected(written: readonly WrittenRow[]): Map<string, number> {
  const newest = new Map<string, { timestamp: number; price: number }>();
  for (const { symbol, source, price, timestamp } of written) {
    if (symbol === null || source === null || price === null || timestamp === null) continue;
    const tick = { symbol, source, price: Number(price), timestamp: Number(timestamp) };
    if (tickFault(tick) !== undefined) continue;
    if (tick.timestamp > Date.now() / 1000 + DAY_SECONDS) continue;
    const key = JSON.stringify([symbol, source]);
    // Of the same second, the row that was written later.
    if (tick.timestamp >= (newest.get(key)?.timestamp ?? -Infinity)) newest.set(key, tick);
  }
  return new Map([...newest].map(([key, { price }]) => [key, price]));
}

function found(list: readonly PriceRow[]): Map<string, number> {
  const sorted = list.toSorted((a, b) => a.timestamp - b.timestamp || a.id - b.id);
  return new Map(
    sorted.map(({ symbol, source, price }) => [JSON.stringify([symbol, source]), price]),
  );
}

Deno.test("PriceStore reads the newest good rows, whatever else is in the table", async () => {
  await using database = await testDatabase();
  const reader = new Database({
    url: database.url,
    connectionsMax: 1,
    applicationName: "quotewire test",
  });
  const store = new PriceStore(reader);
  try {
    await query(database.url, async (sql) => {
      await dropChecks(sql);
      await fc.assert(
        fc.asyncProperty(rows, async (written) => {
          await sql`TRUNCATE stock_prices`;
          const { cursor } = await store.newest(1);
          await insert(sql, written);
          const changes = await store.changesSince(cursor);
          assert.ok(changes.kind === "rows");
          const newest = await store.newest(3);
          for (const row of newest.rows) assert.equal(tickFault(row), undefined);
          const wanted = expected(written);
          assert.deepEqual(found(changes.rows), wanted);
          assert.deepEqual(found(newest.rows), wanted);
          for (const { open } of await store.openingPrices(changes.rows)) assert.ok(open > 0);
        }),
        { numRuns: RUNS, examples: [...["NaN", null].map(firstOfTheDayIsBad), [BEFORE_ALL_DAYS]] },
      );
    });
  } finally {
    await reader.close();
  }
});

Deno.test("NotificationListener outlives every payload, and hands on those of pulses as they are", async () => {
  await using database = await testDatabase();
  const pulses: string[] = [];
  let [wakes, isListening] = [0, false];
  const listener = new NotificationListener(database.url, { host: undefined }, {
    onPrices: () => wakes += 1,
    onListening: () => isListening = true,
    onPulse: (nonce) => pulses.push(nonce),
  });
  try {
    listener.restart();
    await waitFor("the listener", () => isListening && wakes > 0, DEADLINE_MS);
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom("", "x".repeat(7999), '{"a":1}', "'; --"),
    ).map((text) => text.replaceAll("\0", "").toWellFormed());
    // Postgres sends the same payload twice in one transaction once.
    const payloads = fc.sample(texts, RUNS);
    const before = wakes;
    await query(database.url, async (sql) => {
      for (const payload of payloads) {
        await sql`SELECT pg_notify(${PRICES_CHANNEL}, ${payload})`;
        await sql`SELECT pg_notify('quotewire_pulse', ${payload})`;
      }
    });
    await waitFor("all payloads", () => pulses.length >= payloads.length, DEADLINE_MS);
    assert.deepEqual(pulses, payloads);
    assert.equal(wakes, before + payloads.length);
  } finally {
    listener.close();
  }
});
