import postgres from "postgres";
import { freePort } from "../../tests/support/free_port.ts";
import { query } from "../../tests/support/query.ts";
import { type TestCluster, testCluster } from "../../tests/support/postgres.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { sleep } from "../../src/lifecycle.ts";
import type { Bench, Measurement, Scenario } from "../bench.ts";
import { Generator, type Load, streamOptions } from "../generator.ts";
import { moveProcess } from "../machine.ts";
import { startClock, symbolName } from "../peers/stream.js";
import { PinnedProcess } from "../pinned_process.ts";
import { quantiles } from "../quantiles.ts";
import { figure, median } from "../result.ts";

const ROWS_PER_SECOND = 1000;
const CLIENTS = 100;
/** One INSERT at a time does not make 1,000 a second on every machine. */
const WRITERS = 4;
const START_DEADLINE_MS = 60_000;
const START_DELAY_MS = 500;
const ARRIVAL_DEADLINE_MS = 10_000;

/** When each row was sent and known to be committed, in microseconds since the start; index is the row. */
interface Written {
  readonly sentUs: Float64Array;
  readonly committedUs: Float64Array;
}

/**
 * From the writer's commit to the client, row by row, through a real server in listen mode; beside a
 * control that has nothing of Quotewire in it: the same INSERT with a NOTIFY that carries the row, heard
 * by a bare LISTEN.
 */
export const latency: Scenario = {
  name: "latency",
  title: "Latency: commit to client, listen mode, 1,000 rows/s, 100 clients",
  columns: [
    { key: "commitP50Ms", title: "from commit p50, ms", digits: 2 },
    { key: "commitP99Ms", title: "p99, ms", digits: 2 },
    { key: "commitMaxMs", title: "max, ms", digits: 1 },
    { key: "insertP50Ms", title: "from INSERT p50, ms", digits: 2 },
    { key: "insertP99Ms", title: "p99, ms", digits: 2 },
    { key: "rowsPerSecond", title: "rows/s", digits: 0 },
    { key: "arrivals", title: "arrivals", digits: 0 },
  ],
  async measure(bench) {
    await using cluster = await testCluster();
    await moveProcess(cluster.processId, bench.cores.others);
    const variants = await bench.takeTurns([
      { name: "Quotewire, listen mode, 100 clients", run: () => measureServer(bench, cluster) },
      { name: "control: bare LISTEN, 1 client", run: () => measureControl(bench, cluster) },
    ]);
    const [own] = variants;
    return {
      variants,
      figures: [
        figure("commit to client, median", median(own, "commitP50Ms"), "ms", { max: 5 }),
        figure("commit to client, p99", median(own, "commitP99Ms"), "ms", { max: 25 }),
      ],
    };
  },
};

async function measureServer(bench: Bench, cluster: TestCluster): Promise<Measurement> {
  const arrivalsFile = await Deno.makeTempFile();
  const port = freePort();
  const load: Load = {
    clients: CLIENTS,
    symbols: 500,
    updatesPerSecond: ROWS_PER_SECOND,
    batchMs: 1000 / ROWS_PER_SECOND,
    seconds: bench.seconds(10),
    protocol: "quotewire.v1.json",
    pauseUs: 0,
    // One read of the table may cover two rows of a symbol.
    exact: false,
    arrivals: arrivalsFile,
  };
  const { symbols, stride, total } = streamOptions(load);
  await fillTable(cluster.url, symbols);
  await using server = new PinnedProcess({
    command: Deno.execPath(),
    args: ["run", "-A", "main.ts", "serve"],
    cwd: new URL("../../", import.meta.url).pathname,
    env: {
      DATABASE_URL: cluster.url,
      PORT: String(port),
      FEED_MODE: "listen",
      WORKERS: "1",
      LOG_LEVEL: "warning",
    },
    cores: bench.cores.server,
  });
  await server.line("Dashboard", START_DEADLINE_MS);
  // It serves before it has read the table, and then says so.
  await waitFor("the table to be read", async () => {
    const { quotes } = await (await fetch(`http://127.0.0.1:${port}/api/prices`)).json();
    return quotes.length === symbols;
  });
  await using generator = new Generator(
    await bench.tool("generator"),
    load,
    port,
    bench.cores.others,
  );
  await generator.connected();
  const startUs = (Date.now() + START_DELAY_MS) * 1000;
  await generator.start(startUs);
  const written = await writeRows(cluster.url, startUs, total, (sql, row) => {
    const symbol = symbolName(row * stride % symbols);
    return sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      VALUES (${symbol}, ${(10_000 + row) / 100}, 'sim_nyse', ${nowSeconds()})`;
  });
  await generator.complete();
  const { faults } = await generator.report();
  const bytes = await Deno.readFile(arrivalsFile);
  await Deno.remove(arrivalsFile);
  const arrivals = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return { values: valuesOf(written, arrivals), faults };
}

async function measureControl(bench: Bench, cluster: TestCluster): Promise<Measurement> {
  const total = ROWS_PER_SECOND * bench.seconds(10);
  const arrivals = new Uint32Array(total);
  const nowUs = startClock();
  const startUs = (Date.now() + START_DELAY_MS) * 1000;
  let heard = 0;
  const listener = postgres(cluster.url, { max: 1, onnotice: () => {} });
  await listener.listen("control", (row) => {
    arrivals[Number(row)] = nowUs() - startUs;
    heard += 1;
  });
  await query(cluster.url, async (sql) => {
    await sql`CREATE TABLE IF NOT EXISTS control (row int)`;
  });
  const written = await writeRows(
    cluster.url,
    startUs,
    total,
    (sql, row) =>
      sql`WITH row AS (INSERT INTO control VALUES (${row}) RETURNING row)
      SELECT pg_notify('control', row::text) FROM row`,
  );
  await waitFor("all notifications", () => heard === total, ARRIVAL_DEADLINE_MS);
  await listener.end();
  return { values: valuesOf(written, arrivals), faults: [] };
}

/** Leaves one row of every symbol, older than all that follow. */
async function fillTable(url: string, symbols: number): Promise<void> {
  const names = Array.from({ length: symbols }, (_, key) => symbolName(key));
  await query(url, async (sql) => {
    await sql`TRUNCATE stock_prices`;
    await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT name, 99.99, 'sim_nyse', ${nowSeconds() - 1}::bigint
      FROM unnest(string_to_array(${names.join(",")}::text, ',')) AS name`;
  });
}

/** Row by row at the rate, each in a transaction of its own. */
async function writeRows(
  url: string,
  startUs: number,
  total: number,
  insert: (sql: postgres.Sql, row: number) => PromiseLike<unknown>,
): Promise<Written> {
  const sql = postgres(url, { max: WRITERS, onnotice: () => {} });
  const nowUs = startClock();
  const written = { sentUs: new Float64Array(total), committedUs: new Float64Array(total) };
  const write = async (first: number) => {
    for (let row = first; row < total; row += WRITERS) {
      const waitMs = (startUs + row * 1e6 / ROWS_PER_SECOND - nowUs()) / 1000;
      if (waitMs > 0) await sleep(waitMs);
      written.sentUs[row] = nowUs() - startUs;
      await insert(sql, row);
      written.committedUs[row] = nowUs() - startUs;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  await sql.end();
  return written;
}

/** @param arrivals microseconds since the start, all rows of one client after those of another; 0 is none */
function valuesOf({ sentUs, committedUs }: Written, arrivals: Uint32Array) {
  const since = (start: Float64Array) => {
    const samples: number[] = [];
    arrivals.forEach((arrivedUs, index) => {
      if (arrivedUs > 0) samples.push((arrivedUs - (start[index % start.length] ?? NaN)) / 1000);
    });
    return quantiles(samples);
  };
  const [insert, commit] = [since(sentUs), since(committedUs)];
  const seconds = (committedUs.at(-1) ?? NaN) / 1e6;
  return {
    commitP50Ms: commit.p50,
    commitP99Ms: commit.p99,
    commitMaxMs: commit.max,
    insertP50Ms: insert.p50,
    insertP99Ms: insert.p99,
    rowsPerSecond: committedUs.length / seconds,
    arrivals: commit.count,
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
