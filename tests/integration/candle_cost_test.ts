import assert from "node:assert/strict";
import { CandleStore } from "../../src/db/candle_store.ts";
import { Database } from "../../src/db/client.ts";
import { type CandleStage, candleStage, type Explained, explaining } from "../support/candles.ts";
import { query } from "../support/query.ts";

const DAY = 86_400;
const SMALL_ROWS = 20_000;
const LARGE_ROWS = 200_000;
const CANDLES = 40;
/** As a server has them. */
const LIMITS = { rowsMax: 50_000, fillRowsMax: 20_000 };

/** Rows of 40 symbols and 2 sources, ten seconds apart for each, back from yesterday. */
async function writeRows({ database }: CandleStage, first: number, last: number): Promise<void> {
  const end = Math.floor(Date.now() / 1000) - DAY;
  await query(
    database.url,
    (sql) =>
      sql`
    insert into stock_prices (symbol, price, source, timestamp)
    select 'S' || n % 40, 100 + n % 97 / 100.0, 'source' || n / 40 % 2, ${end}::bigint - n / 8
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
        symbol: "S7",
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

Deno.test("CandleStore goes by the indexes, and reads no more of a table of 200,000 rows than of 20,000", async () => {
  await using stage = await candleStage({ limits: LIMITS });
  await writeRows(stage, 1, SMALL_ROWS);
  await stage.keep();
  await query(stage.database.url, (sql) => sql`analyze`);
  const small = await costs(stage);
  await writeRows(stage, SMALL_ROWS + 1, LARGE_ROWS);
  await stage.keep();
  await query(stage.database.url, (sql) => sql`analyze`);
  const large = await costs(stage);
  // Of two sources, five kept candles for one at most, and each in a block of its own.
  const blocksMax = 2 * 5 * (CANDLES + 1) + 100;
  for (const [name, { blocks, scannedTables }] of Object.entries(large)) {
    assert.deepEqual(scannedTables.filter(isScan), [], name);
    assert.ok(blocks <= blocksMax, `${name}: ${blocks} blocks, ${small[name]?.blocks} before`);
  }
});
