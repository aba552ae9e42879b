import postgres from "postgres";
import { sleep } from "../src/lifecycle.ts";
import { connect } from "../tests/support/dialogue.ts";
import { type TestDatabase, testDatabase } from "../tests/support/postgres.ts";
import { startServer } from "../tests/support/server.ts";
import { waitFor } from "../tests/support/wait_for.ts";
import { type Quantiles, quantiles } from "./quantiles.ts";

/**
 * How long a price takes to a client, row by row, in both modes, beside a control that has nothing of
 * Quotewire in it: the same insert with a NOTIFY that carries the row, heard by a bare LISTEN.
 *
 * Counted twice: from the moment at which the writer sends its INSERT, and from the one at which it
 * knows of the commit. The client may hear of a commit before the writer, so the latter can be negative.
 */

/** Every row is of a symbol of its own, so that none is conflated with another. */
const ROWS = 2000;
const PAUSE_MS = 4;
const DEADLINE_MS = 60_000;

/** Result of one way of getting the rows to a client, in milliseconds. */
export interface LatencyRow {
  readonly way: string;
  readonly fromInsert: Quantiles;
  readonly fromCommit: Quantiles;
}

/** When one row was sent, and when its writer knew of the commit. */
interface Written {
  readonly sentAtMs: number;
  readonly committedAtMs: number;
}

type Latencies = Pick<LatencyRow, "fromInsert" | "fromCommit">;

export async function measureLatency(): Promise<LatencyRow[]> {
  const rows: LatencyRow[] = [];
  for (const mode of ["listen", "poll"] as const) {
    await using database = await testDatabase();
    rows.push({ way: `Quotewire, ${mode} mode`, ...await measureServer(database, mode) });
  }
  await using database = await testDatabase();
  rows.push({ way: "control: bare LISTEN", ...await measureControl(database) });
  return rows;
}

async function measureServer(database: TestDatabase, mode: string): Promise<Latencies> {
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: mode, LOG_LEVEL: "warning" },
  });
  await using client = await connect(`${server.socketUrl}/ws`);
  const arrivals = new Map<string, number>();
  client.socket.addEventListener("message", (event) => {
    const nowMs = performance.now();
    const frame = JSON.parse(String(event.data));
    for (const { symbol } of frame.quotes ?? []) arrivals.set(symbol, nowMs);
  });
  client.send({ type: "subscribe", id: 1, symbols: "*" });
  await client.nextOf("snapshot");
  const sql = postgres(database.url, { max: 1 });
  const written = await writeRows((symbol) =>
    sql`INSERT INTO stock_prices (symbol, price, source, timestamp) VALUES (${symbol}, 1, 'x', 1)`
  );
  await waitFor("all rows", () => arrivals.size === ROWS, DEADLINE_MS);
  await sql.end();
  return latencies(written, arrivals);
}

async function measureControl(database: TestDatabase): Promise<Latencies> {
  const sql = postgres(database.url, { max: 1 });
  const arrivals = new Map<string, number>();
  await sql`CREATE TABLE control (symbol text, price float8)`;
  await sql.listen("control", (symbol) => {
    arrivals.set(symbol, performance.now());
  });
  const written = await writeRows((symbol) =>
    sql`WITH row AS (INSERT INTO control VALUES (${symbol}, 1) RETURNING symbol)
      SELECT pg_notify('control', symbol) FROM row`
  );
  await waitFor("all rows", () => arrivals.size === ROWS, DEADLINE_MS);
  await sql.end();
  return latencies(written, arrivals);
}

async function writeRows(
  insert: (symbol: string) => PromiseLike<unknown>,
): Promise<Map<string, Written>> {
  const written = new Map<string, Written>();
  for (let n = 0; n < ROWS; n++) {
    const symbol = `S${n}`;
    const sentAtMs = performance.now();
    await insert(symbol);
    written.set(symbol, { sentAtMs, committedAtMs: performance.now() });
    await sleep(PAUSE_MS);
  }
  return written;
}

function latencies(written: Map<string, Written>, arrivals: Map<string, number>): Latencies {
  const since = (start: (row: Written) => number) =>
    quantiles([...written].map(([symbol, row]) => (arrivals.get(symbol) ?? NaN) - start(row)));
  return {
    fromInsert: since((row) => row.sentAtMs),
    fromCommit: since((row) => row.committedAtMs),
  };
}
