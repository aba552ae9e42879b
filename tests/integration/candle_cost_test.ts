import assert from "node:assert/strict";
import { CandleStore } from "../../src/db/candle_store.ts";
import { Database } from "../../src/db/client.ts";
import { type CandleStage, candleStage, type Explained, explaining } from "../support/candles.ts";
import { query } from "../support/query.ts";

const DAY = 86_400;
/** Few, so that they are written soon, and enough for all of a table to be ten times what may be read. */
const SMALL_ROWS = 3000;
const LARGE_ROWS = 30_000;
const CANDLES = 40;
const SOURCES = 2;
/** As a server has them. */
const LIMITS = { rowsMax: 50_000, fillRowsMax: 20_000 };

/** Rows of 4 symbols and 2 sources, ten minutes apart for each, back from yesterday. */
async function writeRows({ database }: CandleStage, first: number, last: number): Promise<void> {
  const end = Math.floor(Date.now() / 1000) - DAY;
  await query(
    database.url,
    (sql) =>
      sql`
    insert into stock_prices (symbol, price, source, timestamp)
    select 'S' || n % 4, 100 + n % 97 / 100.0, 'source' || n / 4 % 2, ${end}::bigint - n / 8 * 600
    from generate_series(${first}::int, ${last}::int) n`,
  );
}

/** What each question reads at most, of several of its kind. */
async function costs({ database }: CandleStage): Promise<Record<string, Explained>> {
  const client = new Database({
    url: database.url,
    connectionsMax: 1,
    applicationName: "quotewire test cost",
  });
  const found: Record<string, Explained> = {};
  try {
    const notes: Explained[] = [];
    const store = new CandleStore(explaining(client, notes));
    const note = (name: string) => {
      found[name] = {
        blocks: notes.reduce((sum, { blocks }) => sum + blocks, 0),
        scannedTables: notes.flatMap(({ scannedTables }) => scannedTables),
      };
      notes.length = 0;
    };
    for (const widthSeconds of [1, 15, 60, 900, 3600, DAY]) {
      const { candles } = await store.candles({
        symbol: "S1",
        source: undefined,
        widthSeconds,
        before: undefined,
        from: undefined,
        limit: CANDLES,
      });
      assert.ok(candles.length > 0);
      note(`${widthSeconds} s`);
    }
    await store.days(Math.floor(Date.now() / 1000) - DAY);
    note("days");
  } finally {
    await client.close();
  }
  return found;
}

/** Of all tables but the two that hold a row each. */
function isScan(table: string): boolean {
  return table !== "quotewire_candle_progress";
}

Deno.test("CandleStore goes by the indexes, and reads no more of a table that is ten times as large", async () => {
  await using stage = await candleStage({ limits: LIMITS });
  await writeRows(stage, 1, SMALL_ROWS);
  await stage.keep();
  await query(stage.database.url, (sql) => sql`analyze`);
  const small = await costs(stage);
  await writeRows(stage, SMALL_ROWS + 1, LARGE_ROWS);
  await stage.keep();
  await query(stage.database.url, (sql) => sql`analyze`);
  const large = await costs(stage);
  // As many candles of each source as were asked for, each in a block of its own; a small table had fewer.
  const moreMax = SOURCES * (CANDLES + 1) + 20;
  for (const [name, { blocks, scannedTables }] of Object.entries(large)) {
    assert.deepEqual(scannedTables.filter(isScan), [], name);
    const before = small[name]?.blocks ?? 0;
    assert.ok(blocks <= before + moreMax, `${name}: ${blocks} blocks, ${before} before`);
  }
});
