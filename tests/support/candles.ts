import type { Candle } from "../../src/price/candle.ts";
import { candleTime } from "../../src/price/candle.ts";
import { CandleStore } from "../../src/db/candle_store.ts";
import { CandleWriter, type CandleWriterLimits } from "../../src/db/candle_writer.ts";
import { Database, type Queries, type Sql } from "../../src/db/client.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { query } from "./query.ts";
import { type TestDatabase, testDatabase } from "./postgres.ts";

/** A row as a test wrote it, in the order in which it got its id. */
export interface WrittenPrice {
  readonly symbol: string;
  readonly source: string;
  readonly price: number;
  readonly timestamp: number;
}

/** A database with those who write and read its candles. */
export interface CandleStage extends AsyncDisposable {
  readonly database: Pick<TestDatabase, "url" | "close">;
  readonly writer: CandleWriter;
  readonly store: CandleStore;
  /** For what tests put in between. */
  readonly client: Queries;
  /** Another one, as a second server or a restarted one has it. */
  anotherWriter(): CandleWriter;
  /** Lets the candles take every row that is there. */
  keep(writer?: CandleWriter): Promise<void>;
}

const DAY = 86_400;
/** Small statements, so that a few rows need several. */
const FEW: CandleWriterLimits = { rowsMax: 40, fillRowsMax: 30 };

/** Opens one over a fresh database, or over `database`. */
export async function candleStage(
  options: {
    database?: CandleStage["database"];
    limits?: CandleWriterLimits;
    unseenRowsMax?: number;
  } = {},
): Promise<CandleStage> {
  const database = options.database ?? await testDatabase();
  const client = new Database({
    url: database.url,
    connectionsMax: 4,
    applicationName: "quotewire test candles",
  });
  const newWriter = () => new CandleWriter(client, options.limits ?? FEW);
  const writer = newWriter();
  return {
    database,
    writer,
    client,
    store: new CandleStore(client, options.unseenRowsMax),
    anotherWriter: newWriter,
    async keep(by = writer) {
      for (;;) {
        const result = await by.step();
        if (result.kind === "left" || !result.isMore) return;
      }
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await database.close();
    },
  };
}

/** A way to `database` where something happens, once, right before a statement. */
export function interrupted(
  database: Queries,
  action: string,
  interrupt: () => Promise<void>,
): Queries {
  let isOver = false;
  return {
    async query(name, deadlineMs, run) {
      if (name === action && !isOver) {
        isOver = true;
        await interrupt();
      }
      return await database.query(name, deadlineMs, run);
    },
  };
}

/** What a statement read, by the plan that Postgres made and carried out. */
export interface Explained {
  /** Tables that were read from end to end. */
  readonly scannedTables: readonly string[];
  /** Blocks of 8 KiB that it looked at. */
  readonly blocks: number;
}

/** A way to `database` that notes for each statement what it read. */
export function explaining(database: Queries, notes: Explained[]): Queries {
  return {
    async query(action, deadlineMs, run) {
      const [row] = await database.query(
        action,
        deadlineMs,
        // A query of the driver's that nobody waits for is a part of another.
        (sql: Sql) => sql`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${run(sql) as never}`,
      );
      const plan: PlanNode = row?.["QUERY PLAN"][0].Plan;
      notes.push({
        scannedTables: scannedTables(plan),
        blocks: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
      });
      return await database.query(action, deadlineMs, run);
    },
  };
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly PlanNode[];
}

function scannedTables(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(scannedTables);
  return node["Node Type"] === "Seq Scan" ? [node["Relation Name"] ?? "", ...below] : below;
}

/** What the candles have to be, worked out the slow way. */
export function bruteForce(
  rows: readonly WrittenPrice[],
  { symbol, source, widthSeconds }: {
    readonly symbol: string;
    readonly source?: string | undefined;
    readonly widthSeconds: number;
  },
): Omit<Candle, "final">[] {
  const groups = new Map<number, { row: WrittenPrice; id: number }[]>();
  rows.forEach((row, id) => {
    if (row.symbol !== symbol || (source !== undefined && row.source !== source)) return;
    const time = candleTime(row.timestamp, widthSeconds);
    groups.set(time, [...groups.get(time) ?? [], { row, id }]);
  });
  return [...groups].sort(([a], [b]) => a - b).map(([time, group]) => {
    group.sort((a, b) => a.row.timestamp - b.row.timestamp || a.id - b.id);
    const prices = group.map(({ row }) => row.price);
    return {
      time,
      open: prices[0] ?? 0,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices.at(-1) ?? 0,
      count: prices.length,
    };
  });
}

/** Everything there is, up to 1000 candles. */
export async function allCandles(
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
export async function assertExact(stage: CandleStage, rows: readonly WrittenPrice[], when: string) {
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

/** Writes rows in one statement. */
export async function writePrices(
  { database }: CandleStage,
  rows: readonly WrittenPrice[],
): Promise<void> {
  if (rows.length === 0) return;
  await query(database.url, (sql) => sql`insert into stock_prices ${sql(rows)}`);
}

/** Rows of two symbols and two sources over three days, many of them in the last minutes. */
export function randomPrices(seed: number, count: number): WrittenPrice[] {
  const row = fc.record({
    symbol: fc.constantFrom("A", "B"),
    source: fc.constantFrom("x", "y"),
    price: fc.integer({ min: 1, max: 10_000 }).map((cents) => cents / 100),
    timestamp: fc.oneof(
      fc.integer({ min: nowSeconds() - 3 * DAY, max: nowSeconds() }),
      fc.integer({ min: nowSeconds() - 300, max: nowSeconds() }),
    ),
  });
  const size = { minLength: count, maxLength: count };
  return fc.sample(fc.array(row, size), { seed, numRuns: 1 })[0] ?? [];
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
