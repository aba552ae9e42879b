import type { Candle } from "../../src/price/candle.ts";
import { candleTime } from "../../src/price/candle.ts";
import { CandleStore } from "../../src/db/candle_store.ts";
import { CandleWriter, type CandleWriterLimits } from "../../src/db/candle_writer.ts";
import { Database, type Queries, type Sql } from "../../src/db/client.ts";
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
  readonly database: TestDatabase;
  readonly writer: CandleWriter;
  readonly store: CandleStore;
  /** Another one, as a second server or a restarted one has it. */
  anotherWriter(): CandleWriter;
  /** Lets the candles take every row that is there. */
  keep(writer?: CandleWriter): Promise<void>;
}

/** Small statements, so that a few rows need several. */
const FEW: CandleWriterLimits = { rowsMax: 40, fillRowsMax: 30 };

/** Opens one over a fresh database, or over `database`. */
export async function candleStage(
  options: { database?: TestDatabase; limits?: CandleWriterLimits; unseenRowsMax?: number } = {},
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
