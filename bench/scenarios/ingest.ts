import postgres from "postgres";
import { TickBuffer } from "../../src/aggregator/tick_buffer.ts";
import { TickWriter } from "../../src/aggregator/tick_writer.ts";
import { Database } from "../../src/db/client.ts";
import { PriceWriter } from "../../src/db/price_writer.ts";
import { query } from "../../tests/support/query.ts";
import { type TestCluster, testCluster } from "../../tests/support/postgres.ts";
import type { Scenario } from "../bench.ts";
import { moveProcess } from "../machine.ts";
import { figure, median, ratio, type Values } from "../result.ts";

const TICKS = 200_000;
const TICKS_SHORT = 50_000;
const KEYS = 1500;
const SINGLE_SECONDS = 3;

/** How fast the aggregator's own writer fills the table, against one INSERT for each row. */
export const ingest: Scenario = {
  name: "ingest",
  title: "Ingest: the aggregator's writer against single-row INSERTs",
  columns: [
    { key: "rowsPerSecond", title: "rows/s", digits: 0 },
    { key: "rows", title: "rows written", digits: 0 },
  ],
  async measure(bench) {
    // Writer and Postgres may use every core: this is about them together.
    await moveProcess(Deno.pid, bench.cores.all);
    await using loose = await testCluster();
    await using durable = await testCluster({ settings: { fsync: "on", full_page_writes: "on" } });
    const ticks = bench.seconds(Infinity) < Infinity ? TICKS_SHORT : TICKS;
    const seconds = bench.seconds(SINGLE_SECONDS);
    const variants = await bench.takeTurns(
      [{ cluster: loose, name: "fsync off" }, { cluster: durable, name: "fsync on" }].flatMap(
        ({ cluster, name }) => [
          { name: `aggregator, ${name}`, run: () => checked(cluster, () => many(cluster, ticks)) },
          {
            name: `single INSERTs, ${name}`,
            run: () => checked(cluster, () => single(cluster, seconds)),
          },
        ],
      ),
    );
    await moveProcess(Deno.pid, bench.cores.others);
    const [manyLoose, singleLoose, manyDurable, singleDurable] = variants;
    const times = (a: typeof manyLoose, b: typeof manyLoose) => ratio(a, b, "rowsPerSecond");
    return {
      variants,
      figures: [
        figure("aggregator, fsync on", median(manyDurable, "rowsPerSecond"), "rows/s", {
          min: 50_000,
        }),
        figure("against single INSERTs, fsync on", times(manyDurable, singleDurable), "×", {
          min: 20,
        }),
        figure("against single INSERTs, fsync off", times(manyLoose, singleLoose), "×", {
          min: 20,
        }),
      ],
    };
  },
};

/** What was counted as written must be in the table. */
async function checked(cluster: TestCluster, write: () => Promise<Values>) {
  await query(cluster.url, (sql) => sql`TRUNCATE stock_prices`);
  const values = await write();
  const [row] = await query(cluster.url, (sql) => sql`SELECT count(*)::int FROM stock_prices`);
  const faults = row?.count === values.rows ? [] : [`wrote ${values.rows}, found ${row?.count}`];
  return { values, faults };
}

async function many(cluster: TestCluster, ticks: number): Promise<Values> {
  const database = new Database({
    url: cluster.url,
    connectionsMax: 1,
    applicationName: "quotewire bench",
  });
  const buffer = new TickBuffer(ticks);
  const writer = new TickWriter(buffer, new PriceWriter(database));
  // Opens the connection, which both ways do before the clock runs.
  await database.query("connect", 10_000, (sql) => sql`SELECT 1`);
  const startedAtMs = performance.now();
  buffer.push(Array.from({ length: ticks }, (_, row) => tick(row)));
  buffer.close();
  await writer.run(new AbortController().signal);
  const seconds = (performance.now() - startedAtMs) / 1000;
  await database.close();
  return { rowsPerSecond: writer.written / seconds, rows: writer.written };
}

async function single(cluster: TestCluster, seconds: number): Promise<Values> {
  const sql = postgres(cluster.url, { max: 1, onnotice: () => {} });
  await sql`SELECT 1`;
  const startedAtMs = performance.now();
  let rows = 0;
  while (performance.now() - startedAtMs < seconds * 1000) {
    const { symbol, price, source, timestamp } = tick(rows);
    await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      VALUES (${symbol}, ${price}, ${source}, ${timestamp})`;
    rows += 1;
  }
  const rowsPerSecond = rows / ((performance.now() - startedAtMs) / 1000);
  await sql.end();
  return { rowsPerSecond, rows };
}

function tick(row: number) {
  const key = row % KEYS;
  return {
    symbol: `S${key >> 1}`,
    source: key % 2 === 0 ? "sim_nyse" : "sim_iex",
    price: 100 + row % 1000 / 100,
    timestamp: 1_790_000_000 + Math.floor(row / 1000),
  };
}
