import assert from "node:assert/strict";
import { Random } from "../../src/aggregator/random.ts";
import { Database, openPool, type Sql } from "../../src/db/client.ts";
import { type PriceRow, PriceStore, type ServerCursor } from "../../src/db/price_store.ts";
import type { PriceReads } from "../../src/feed/reader.ts";
import { testDatabase } from "../support/postgres.ts";
import { SimulatedDatabase } from "./database.ts";
import { EventLoop } from "./event_loop.ts";
import { type NewRow, Table, type Transaction } from "./table.ts";

const WRITERS = 3;
const STEPS = 150;
const CHANGED_ROWS_MAX = 1000;

/** A connection to the real table, and the transaction that is open on it, here and in the model. */
interface Writer {
  readonly sql: Sql;
  open: Transaction | undefined;
}

/** A reader of one of the two tables. */
class Reader {
  readonly #reads: PriceReads;
  #cursor: ServerCursor | undefined;

  constructor(reads: PriceReads) {
    this.#reads = reads;
  }

  /** What it finds that it has not found before. */
  async read(): Promise<unknown[]> {
    if (this.#cursor === undefined) {
      const { rows, cursor } = await this.#reads.newest(3);
      this.#cursor = cursor;
      return rows.map((row) => [...told(row), row.open]);
    }
    const changes = await this.#reads.changesSince(this.#cursor);
    assert.equal(changes.kind, "rows");
    if (changes.kind === "rows") this.#cursor = changes.cursor;
    return changes.kind === "rows" ? changes.rows.map(told).sort(byId) : [];
  }
}

Deno.test("SimulatedDatabase answers as PriceStore does on Postgres, whatever commits when", async () => {
  await using real = await testDatabase();
  const database = new Database({ url: real.url, connectionsMax: 2, applicationName: "test" });
  const loop = new EventLoop((isolate, error) => assert.fail(`${isolate.name}: ${error}`));
  const random = new Random(5);
  const table = new Table();
  const model = new SimulatedDatabase(loop, random, table, CHANGED_ROWS_MAX);
  const readers = [new Reader(new PriceStore(database)), new Reader(model)] as const;
  const writers: Writer[] = Array.from({ length: WRITERS }, () => ({
    sql: openPool({ url: real.url, connectionsMax: 1, applicationName: "test writer" }),
    open: undefined,
  }));
  let found = 0;
  try {
    for (let step = 0; step < STEPS; step += 1) {
      const writer = writers[random.below(WRITERS)];
      if (writer !== undefined) await act(writer, table, random);
      if (random.below(3) > 0) continue;
      const simulated = readers[1].read();
      await loop.run(loop.nowMs + 1000, () => false);
      const [expected, actual] = [await readers[0].read(), await simulated];
      assert.deepEqual(actual, expected);
      found += expected.length;
    }
    assert.ok(found > 20, "there was something to find");
  } finally {
    await Promise.all(writers.map(({ sql }) => sql.end({ timeout: 1 })));
    await database.close();
  }
});

/** Opens a transaction and writes, or ends the one that is open, in both tables. */
async function act(writer: Writer, table: Table, random: Random): Promise<void> {
  const { sql, open } = writer;
  if (open === undefined) {
    const rows: NewRow[] = Array.from({ length: 1 + random.below(2) }, () => ({
      symbol: "ABC".charAt(random.below(3)),
      source: "xy".charAt(random.below(2)),
      timestamp: 1_700_000_000 + random.below(5) * 40_000,
    }));
    writer.open = table.begin(rows, 0);
    await sql.unsafe("BEGIN");
    for (const { symbol, source, timestamp, price } of writer.open.rows) {
      await sql`
        INSERT INTO stock_prices (symbol, price, source, timestamp)
        VALUES (${symbol}, ${price}, ${source}, ${timestamp})`;
    }
    return;
  }
  writer.open = undefined;
  if (random.below(4) === 0) {
    table.rollBack(open);
    await sql.unsafe("ROLLBACK");
    return;
  }
  table.commit(open);
  await sql.unsafe("COMMIT");
}

function told({ symbol, source, price, timestamp, id }: PriceRow): [number, ...unknown[]] {
  return [id, symbol, source, price, timestamp];
}

function byId([a]: [number, ...unknown[]], [b]: [number, ...unknown[]]): number {
  return a - b;
}
