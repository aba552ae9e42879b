import { Database, type Sql } from "../../src/db/client.ts";
import { PriceStore, type ServerCursor } from "../../src/db/price_store.ts";
import { testCluster } from "../../tests/support/postgres.ts";
import type { Bench, Scenario } from "../bench.ts";
import { moveProcess } from "../machine.ts";
import { figure, median, ratio } from "../result.ts";

const ROWS_SMALL = 100_000;
const ROWS_LARGE = 10_000_000;
/** Where a run is shortened, so is the table. */
const ROWS_LARGE_SHORT = 1_000_000;
const ROWS_CHUNK = 1_000_000;
/** With two sources each: 1,500 keys. */
const SYMBOLS = 750;
const NEW_ROWS = 1000;
const POLLS = 20;
const WARM_UP_READS = 10;
const LOAD_DEADLINE_MS = 300_000;
const CONTROL_DEADLINE_MS = 120_000;

/** A table of one size, and the store that reads it. */
interface Table extends AsyncDisposable {
  readonly rows: number;
  readonly database: Database;
  readonly store: PriceStore;
}

/** What reading costs as the table grows, through the store that the feed uses. */
export const table: Scenario = {
  name: "table",
  title: "Reading: tables of 100 thousand and 10 million rows, 1,500 keys",
  columns: [
    { key: "pollMs", title: "poll with 1,000 new rows, ms", digits: 2 },
    { key: "snapshotMs", title: "snapshot of all keys, ms", digits: 1 },
    { key: "historyMs", title: "first read, 100 prices each, ms", digits: 0 },
    { key: "distinctOnMs", title: "control: plain DISTINCT ON, ms", digits: 0 },
  ],
  async measure(bench) {
    await using small = await openTable(bench, ROWS_SMALL);
    const short = bench.seconds(Infinity) < Infinity;
    await using large = await openTable(bench, short ? ROWS_LARGE_SHORT : ROWS_LARGE);
    const variants = await bench.takeTurns([small, large].map((one) => ({
      name: `${one.rows.toLocaleString("en")} rows`,
      run: async () => ({ values: await measureTable(one), faults: [] }),
    })));
    const [before, after] = variants;
    return {
      variants,
      figures: [
        figure("poll of the large table against the small", ratio(after, before, "pollMs"), "×", {
          max: 1.5,
        }),
        figure("snapshot of 1,500 keys, large table", median(after, "snapshotMs"), "ms", {
          max: 50,
        }),
        figure("plain DISTINCT ON, large table", median(after, "distinctOnMs"), "ms"),
      ],
    };
  },
};

/** Each on a Postgres of its own, so that they do not share its cache. */
async function openTable(bench: Bench, rows: number): Promise<Table> {
  bench.print(`  filling a table with ${rows} rows`);
  const cluster = await testCluster({ settings: { max_wal_size: "8GB" } });
  await moveProcess(cluster.processId, bench.cores.all);
  const database = new Database({
    url: cluster.url,
    connectionsMax: 1,
    applicationName: "quotewire bench",
  });
  for (let first = 0; first < rows; first += ROWS_CHUNK) {
    await insertRows(database, first, Math.min(ROWS_CHUNK, rows - first));
  }
  await database.query("vacuum", LOAD_DEADLINE_MS, (sql) => sql`VACUUM ANALYZE stock_prices`);
  const store = new PriceStore(database);
  // The first reads pay for code that has never run and for a cold cache.
  for (let read = 0; read < WARM_UP_READS; read += 1) {
    const { cursor } = await store.newest(1);
    await store.changesSince(cursor);
  }
  return {
    rows,
    database,
    store,
    async [Symbol.asyncDispose]() {
      await database.close();
      await cluster.close();
    },
  };
}

/** Four a second of market time, so that ten million rows are a month. */
async function insertRows(database: Database, first: number, count: number): Promise<void> {
  await database.query("fill the table", LOAD_DEADLINE_MS, (sql) =>
    sql`
      INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT 'S' || row % ${SYMBOLS}, 100 + row % 1000 / 100.0,
        CASE row / ${SYMBOLS} % 2 WHEN 0 THEN 'sim_nyse' ELSE 'sim_iex' END,
        1790000000 + row / 4
      FROM generate_series(${first}::bigint, ${first + count - 1}::bigint) AS row`);
}

async function measureTable({ database, store, rows }: Table) {
  const timed = async (action: () => Promise<unknown>) => {
    const startedAtMs = performance.now();
    await action();
    return performance.now() - startedAtMs;
  };
  const polls: number[] = [];
  const snapshots: number[] = [];
  let { cursor }: { cursor: ServerCursor } = await store.newest(1);
  for (let poll = 0; poll < POLLS; poll += 1) {
    await insertRows(database, rows + poll * NEW_ROWS, NEW_ROWS);
    polls.push(
      await timed(async () => {
        const changes = await store.changesSince(cursor);
        if (changes.kind !== "rows" || changes.rows.length !== NEW_ROWS) {
          throw new Error(`Cannot poll: must find ${NEW_ROWS} rows, found ${found(changes)}`);
        }
        cursor = changes.cursor;
      }),
    );
    snapshots.push(await timed(() => store.newest(1)));
  }
  const historyMs = await timed(() => store.newest(100));
  return {
    pollMs: middleOf(polls),
    snapshotMs: middleOf(snapshots),
    historyMs,
    distinctOnMs: await timed(() => database.query("read all", CONTROL_DEADLINE_MS, distinctOn)),
  };
}

function distinctOn(sql: Sql) {
  return sql`
    SELECT DISTINCT ON (symbol, source) symbol, source, price, timestamp, id
    FROM stock_prices ORDER BY symbol, source, timestamp DESC, id DESC`;
}

function found(changes: Awaited<ReturnType<PriceStore["changesSince"]>>): string {
  return changes.kind === "rows" ? String(changes.rows.length) : changes.kind;
}

function middleOf(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? NaN;
}
