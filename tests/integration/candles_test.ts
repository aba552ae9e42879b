import assert from "node:assert/strict";
import { CandleStore } from "../../src/db/candle_store.ts";
import { CandleWriter } from "../../src/db/candle_writer.ts";
import { Database } from "../../src/db/client.ts";
import {
  allCandles,
  bruteForce,
  candleStage,
  randomPrices,
  writePrices,
} from "../support/candles.ts";
import { query } from "../support/query.ts";

const DAY = 86_400;
const NOW = Math.floor(Date.now() / 1000);

Deno.test("CandleStore and CandleWriter serve a role that may only read", async () => {
  await using stage = await candleStage();
  const rows = randomPrices(8, 60);
  await writePrices(stage, rows);
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
  await writePrices(stage, rows);
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
  await writePrices(stage, rows);
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
  await writePrices(stage, [
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
  await writePrices(stage, [
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

// The candle begins before the least safe integer, which was refused: "Candles cannot be read".
Deno.test("CandleStore makes candles of the oldest timestamp that a row may have", async () => {
  await using stage = await candleStage();
  const timestamp = Number.MIN_SAFE_INTEGER;
  await writePrices(stage, [{ symbol: "A", source: "x", price: 1, timestamp }]);
  const { candles } = await allCandles(stage, "A", DAY);
  assert.deepEqual(candles.map(({ time }) => time), [Math.floor(timestamp / DAY) * DAY]);
});

Deno.test("CandleStore says that candles are being made, and answers from the rows meanwhile", async () => {
  await using stage = await candleStage();
  const rows = randomPrices(5, 100);
  await writePrices(stage, rows);
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
  const rows = randomPrices(6, 50);
  await writePrices(stage, rows);
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
  await writePrices(stage, [
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
  await writePrices(stage, [row("A", "y", 2, 2)]);
  assert.deepEqual((await days()).days[1], { ...wanted[1], high: 2 });
});
