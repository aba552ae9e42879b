import assert from "node:assert/strict";
import fc from "fast-check";
import { openPool } from "../../src/db/client.ts";
import { pruneOldCandles, pruneOldRows } from "../../src/db/retention.ts";
import { Database } from "../../src/db/client.ts";
import {
  bruteForce,
  type CandleStage,
  candleStage,
  type WrittenPrice,
} from "../support/candles.ts";
import { CandleStore } from "../../src/db/candle_store.ts";
import { CandleWriter } from "../../src/db/candle_writer.ts";
import { query } from "../support/query.ts";

const DAY = 86_400;
const NOW = Math.floor(Date.now() / 1000);

/** A page with everything there is. */
async function allCandles(
  { store }: CandleStage,
  symbol: string,
  widthSeconds: number,
  source?: string,
) {
  const page = await store.candles({
    symbol,
    source,
    widthSeconds,
    before: undefined,
    from: undefined,
    limit: 1000,
  });
  return { ...page, candles: page.candles.map(({ final: _, ...candle }) => candle) };
}

/** Compares every interval of every symbol and source with what the rows say. */
async function assertExact(stage: CandleStage, rows: readonly WrittenPrice[], when: string) {
  for (const widthSeconds of [60, 300, 900, 3600, 14_400, DAY]) {
    for (const symbol of ["A", "B"]) {
      for (const source of [undefined, "x", "y"]) {
        const page = await allCandles(stage, symbol, widthSeconds, source);
        assert.equal(page.coverage, "ready", when);
        const wanted = bruteForce(rows, { symbol, source, widthSeconds });
        assert.deepEqual(page.candles, wanted, `${when}: ${symbol} ${source} ${widthSeconds}`);
      }
    }
  }
}

async function write(stage: CandleStage, rows: readonly WrittenPrice[]): Promise<void> {
  if (rows.length === 0) return;
  await query(stage.database.url, (sql) => sql`insert into stock_prices ${sql(rows)}`);
}

function randomRows(seed: number, count: number): WrittenPrice[] {
  const row = fc.record({
    symbol: fc.constantFrom("A", "B"),
    source: fc.constantFrom("x", "y"),
    price: fc.integer({ min: 1, max: 10_000 }).map((cents) => cents / 100),
    timestamp: fc.oneof(
      fc.integer({ min: NOW - 3 * DAY, max: NOW }),
      fc.integer({ min: NOW - 300, max: NOW }),
    ),
  });
  const size = { minLength: count, maxLength: count };
  return fc.sample(fc.array(row, size), { seed, numRuns: 1 })[0] ?? [];
}

for (const seed of [1, 2, 3]) {
  Deno.test(`CandleWriter keeps what the rows say, however late and in whatever order they come (seed ${seed})`, async () => {
    await using stage = await candleStage();
    const rows = randomRows(seed, 200);
    // Rows from before the candles, and some of a transaction that was open at the beginning.
    await write(stage, rows.slice(0, 70));
    const late = openPool({ url: stage.database.url, connectionsMax: 1, applicationName: "late" });
    try {
      await late`begin`;
      await late`insert into stock_prices ${late(rows.slice(70, 80))}`;
      await stage.writer.step();
      await write(stage, rows.slice(80, 130));
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
    await write(stage, rows.slice(130));
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
  const rows = randomRows(4, 120);
  await write(stage, rows);
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
  await write(stage, [late]);
  await assertExact(stage, [...rows, late], "with a late price");
  await stage.keep();
  await assertExact(stage, [...rows, late], "with a late price that was taken");
});

Deno.test("pruneOldCandles() deletes old minutes and quarters and no hours or days", async () => {
  await using stage = await candleStage();
  const row = (timestamp: number) => ({ symbol: "A", source: "x", price: 1, timestamp });
  await write(stage, [row(NOW - 40 * DAY), row(NOW - 20 * DAY)]);
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

Deno.test("CandleStore and CandleWriter serve a role that may only read", async () => {
  await using stage = await candleStage();
  const rows = randomRows(8, 60);
  await write(stage, rows);
  const role = `reader_${crypto.randomUUID().slice(0, 8)}`;
  const url = new URL(stage.database.url);
  await query(stage.database.url, async (sql) => {
    await sql.unsafe(`create role ${role} login password 'secret'`);
    await sql.unsafe(`grant select on stock_prices to ${role}`);
  });
  url.username = role;
  url.password = "secret";
  const database = new Database({
    url: url.href,
    connectionsMax: 2,
    applicationName: "quotewire test reader",
  });
  try {
    const store = new CandleStore(database);
    const read = async () => {
      const page = await store.candles({
        symbol: "A",
        source: undefined,
        widthSeconds: 3600,
        before: undefined,
        from: undefined,
        limit: 1000,
      });
      return { ...page, candles: page.candles.map(({ final: _, ...candle }) => candle) };
    };
    const candles = bruteForce(rows, { symbol: "A", widthSeconds: 3600 });
    assert.deepEqual(await read(), { candles, more: false, coverage: "absent" });
    await assert.rejects(new CandleWriter(database).step(), { code: "42501" });
    // Somebody else keeps them.
    await query(stage.database.url, async (sql) => {
      await sql.unsafe(`grant select on quotewire_candles, quotewire_candle_progress to ${role}`);
    });
    await stage.keep();
    assert.deepEqual(await read(), { candles, more: false, coverage: "ready" });
  } finally {
    await database.close();
    await query(stage.database.url, async (sql) => {
      await sql.unsafe(`drop owned by ${role}`);
      await sql.unsafe(`drop role ${role}`);
    });
  }
});

Deno.test("CandleStore makes short candles, and pages through them over gaps", async () => {
  await using stage = await candleStage();
  const times = [0, 0, 1, 4, 5, 900, 901, 5000, 90_000];
  const rows = times.map((time, index) => ({
    symbol: "A",
    source: index % 2 === 0 ? "x" : "y",
    price: index + 1,
    timestamp: NOW - 100_000 + time,
  }));
  await write(stage, rows);
  for (const widthSeconds of [1, 5, 15, 60, DAY]) {
    await stage.keep();
    const wanted = bruteForce(rows, { symbol: "A", widthSeconds });
    const found = [];
    let before: number | undefined;
    for (let more = true; more;) {
      const page = await stage.store.candles({
        symbol: "A",
        source: undefined,
        widthSeconds,
        before,
        from: undefined,
        limit: 2,
      });
      assert.ok(page.candles.length <= 2 && page.candles.length > 0, "each page gets on");
      found.unshift(...page.candles.map(({ final: _, ...candle }) => candle));
      before = page.candles[0]?.time;
      more = page.more;
    }
    assert.deepEqual(found, wanted, `${widthSeconds} s`);
  }
});

Deno.test("CandleStore keeps to the stretch that was asked for", async () => {
  await using stage = await candleStage();
  const start = NOW - NOW % 3600 - 7200;
  const rows = [0, 60, 120, 180, 240].map((offset) => ({
    symbol: "A",
    source: "x",
    price: offset + 1,
    timestamp: start + offset,
  }));
  await write(stage, rows);
  await stage.keep();
  for (const widthSeconds of [1, 60]) {
    const { candles, more } = await stage.store.candles({
      symbol: "A",
      source: "x",
      widthSeconds,
      from: start + 60,
      before: start + 240,
      limit: 10,
    });
    assert.deepEqual(candles.map(({ time }) => time - start), [60, 120, 180]);
    assert.equal(more, false);
  }
});

Deno.test("CandleStore tells the candle that is still open", async () => {
  await using stage = await candleStage();
  await write(stage, [
    { symbol: "A", source: "x", price: 1, timestamp: NOW - DAY },
    { symbol: "A", source: "x", price: 2, timestamp: NOW + 30 },
  ]);
  const { candles } = await stage.store.candles({
    symbol: "A",
    source: "x",
    widthSeconds: DAY,
    before: undefined,
    from: undefined,
    limit: 10,
  });
  assert.deepEqual(candles.map(({ final }) => final), [true, false]);
});

Deno.test("CandleStore leaves out what the feed does not show", async () => {
  await using stage = await candleStage();
  await write(stage, [
    { symbol: "A", source: "x", price: 1, timestamp: NOW },
    { symbol: "A", source: "x", price: 2, timestamp: NOW * 1000 },
  ]);
  await stage.keep();
  for (const widthSeconds of [1, DAY]) {
    const { candles, more } = await allCandles(stage, "A", widthSeconds);
    assert.deepEqual(candles.map(({ close }) => close), [1]);
    assert.equal(more, false);
  }
});

Deno.test("CandleStore says that candles are being made, and answers from the rows meanwhile", async () => {
  await using stage = await candleStage();
  const rows = randomRows(5, 100);
  await write(stage, rows);
  assert.equal((await allCandles(stage, "A", 60)).coverage, "absent");
  await stage.writer.step();
  await stage.writer.step();
  const page = await stage.store.candles({
    symbol: "A",
    source: undefined,
    widthSeconds: DAY,
    before: undefined,
    from: undefined,
    limit: 10,
  });
  assert.equal(page.coverage, "filling");
  assert.deepEqual(
    page.candles.map(({ final: _, ...candle }) => candle),
    bruteForce(rows, { symbol: "A", widthSeconds: DAY }),
  );
});

Deno.test("CandleStore answers from the rows while too many have not been taken", async () => {
  await using stage = await candleStage({ unseenRowsMax: 20 });
  await stage.keep();
  const rows = randomRows(6, 50);
  await write(stage, rows);
  const page = await allCandles(stage, "A", DAY);
  assert.equal(page.coverage, "behind");
  assert.deepEqual(page.candles, bruteForce(rows, { symbol: "A", widthSeconds: DAY }));
});

Deno.test("CandleStore.days() has open, high and low of today for every symbol and source", async () => {
  await using stage = await candleStage({ unseenRowsMax: 20 });
  const today = NOW - NOW % DAY;
  const row = (symbol: string, source: string, price: number, offset: number) => ({
    symbol,
    source,
    price,
    timestamp: today + offset,
  });
  await write(stage, [
    row("A", "x", 5, 0),
    row("A", "x", 9, -1),
    row("A", "x", 7, 2),
    row("A", "y", 1, 1),
    row("B", "x", 3, -5),
  ]);
  const wanted = [
    { symbol: "A", source: "x", open: 5, high: 7, low: 5 },
    { symbol: "A", source: "y", open: 1, high: 1, low: 1 },
  ];
  const days = async () => {
    const page = await stage.store.days(NOW);
    return { ...page, days: page.days.toSorted((a, b) => a.source < b.source ? -1 : 1) };
  };
  assert.deepEqual(await days(), { days: wanted, coverage: "absent" });
  await stage.keep();
  assert.deepEqual(await days(), { days: wanted, coverage: "ready" });
  await write(stage, [row("A", "y", 2, 2)]);
  assert.deepEqual((await days()).days[1], { ...wanted[1], high: 2 });
});

// The candles of the server that was quicker were deleted, and never made again.
Deno.test("CandleWriter does nothing where another has begun since it looked", async () => {
  await using stage = await candleStage();
  const rows = randomRows(9, 50);
  await write(stage, rows);
  const database = new Database({
    url: stage.database.url,
    connectionsMax: 1,
    applicationName: "quotewire test slow",
  });
  try {
    const slow = new CandleWriter({
      async query(action, deadlineMs, run) {
        if (action === "begin the candles") await stage.keep();
        return await database.query(action, deadlineMs, run);
      },
    });
    await slow.step();
  } finally {
    await database.close();
  }
  await stage.keep();
  await assertExact(stage, rows, "after both");
});

Deno.test("CandleWriter leaves the candles to the server that keeps them, as long as it does", async () => {
  await using stage = await candleStage();
  const rows = randomRows(10, 60);
  await write(stage, rows.slice(0, 30));
  await stage.keep();
  await write(stage, rows.slice(30));
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

Deno.test("CandleWriter makes the candles anew in a database that was restored elsewhere", async () => {
  await using stage = await candleStage();
  const rows = randomRows(7, 50);
  await write(stage, rows);
  await stage.keep();
  // A dump has the ids of transactions that have yet to come here.
  await query(stage.database.url, async (sql) => {
    await sql`update stock_prices set txid = '900000000', inserted_at = now() - interval '1 hour'`;
    await sql`update quotewire_candle_progress set next_transaction = '900000001'`;
  });
  assert.equal((await allCandles(stage, "A", 60)).coverage, "absent");
  await stage.keep();
  await write(stage, rows.slice(0, 10));
  await assertExact(stage, [...rows, ...rows.slice(0, 10)], "after the restore");
});
