import assert from "node:assert/strict";
import type { Tick } from "../../src/aggregator/tick.ts";
import { TickBuffer } from "../../src/aggregator/tick_buffer.ts";
import { TickWriter } from "../../src/aggregator/tick_writer.ts";
import { Database } from "../../src/db/client.ts";
import { PriceWriter } from "../../src/db/price_writer.ts";
import { withDeadline } from "../../src/lifecycle.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

/** Ticks that their timestamps number. */
function ticks(from: number, to: number): Tick[] {
  return Array.from({ length: to - from }, (_, i) => ({
    symbol: "AAPL",
    price: 1,
    source: "test",
    timestamp: from + i,
  }));
}

/** Runs a writer over `work`, and lets it write all that is left afterwards. */
async function writing(
  url: string,
  options: { ticksMax: number; writeDeadlineMs?: number },
  work: (buffer: TickBuffer, writer: TickWriter) => Promise<void>,
): Promise<{ buffer: TickBuffer; writer: TickWriter }> {
  const { ticksMax, ...writerOptions } = options;
  const pool = new Database({ url, connectionsMax: 1, applicationName: "quotewire test writer" });
  const buffer = new TickBuffer(ticksMax);
  const writer = new TickWriter(buffer, new PriceWriter(pool), writerOptions);
  const controller = new AbortController();
  const running = writer.run(controller.signal);
  try {
    await work(buffer, writer);
    buffer.close();
    await waitFor("the writer to end", () => buffer.size === 0, 30_000);
  } finally {
    controller.abort();
    await running;
    await pool.close();
  }
  return { buffer, writer };
}

/** The numbers of the ticks in the table, each once. */
async function storedNumbers(url: string): Promise<number[]> {
  return await query(url, async (sql) => {
    const rows = await sql<{ number: number }[]>`
      select distinct timestamp::float8 as number from stock_prices order by 1`;
    return rows.map((row) => row.number);
  });
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

Deno.test("TickWriter.run() writes what comes in and then ends with the closed buffer", async () => {
  await using database = await testDatabase();
  const { writer } = await writing(database.url, { ticksMax: 50_000 }, async (buffer, writer) => {
    buffer.push(ticks(0, 3));
    await waitFor("the first rows", () => writer.written === 3);
    buffer.push(ticks(3, 20_000));
  });
  assert.equal(writer.written, 20_000);
  assert.deepEqual(await storedNumbers(database.url), numbers(0, 20_000));
});

Deno.test("TickWriter.run() loses nothing while Postgres is stopped and started", async () => {
  await using cluster = await testCluster();
  const { buffer } = await writing(cluster.url, { ticksMax: 10_000 }, async (buffer, writer) => {
    buffer.push(ticks(0, 100));
    await waitFor("the first rows", () => writer.written === 100);
    await cluster.stop();
    for (let next = 100; next < 5000; next += 100) buffer.push(ticks(next, next + 100));
    await cluster.restart();
    buffer.push(ticks(5000, 5100));
  });
  assert.equal(buffer.dropped, 0);
  assert.deepEqual(await storedNumbers(cluster.url), numbers(0, 5100));
});

Deno.test("TickWriter.run() loses nothing when Postgres crashes under load", async () => {
  await using cluster = await testCluster();
  const { buffer } = await writing(cluster.url, { ticksMax: 100_000 }, async (buffer, writer) => {
    let next = 0;
    const push = () => buffer.push(ticks(next, next += 200));
    await waitFor("writes to be under way", () => (push(), writer.written > 2000));
    cluster.kill();
    for (let i = 0; i < 20; i += 1) push();
    await cluster.restart();
    const target = next;
    await waitFor("everything to be written", () => writer.written >= target, 30_000);
    buffer.push(ticks(next, next + 1));
  });
  assert.equal(buffer.dropped, 0);
  const stored = await storedNumbers(cluster.url);
  assert.deepEqual(stored, numbers(0, stored.length));
});

Deno.test("TickWriter.run() keeps the newest and counts the others when the buffer overflows", async () => {
  await using cluster = await testCluster();
  const { buffer } = await writing(cluster.url, { ticksMax: 1000 }, async (buffer, writer) => {
    buffer.push(ticks(0, 10));
    await waitFor("the first rows", () => writer.written === 10);
    await cluster.stop();
    buffer.push(ticks(10, 4010));
    await cluster.restart();
  });
  assert.equal(buffer.dropped, 3000);
  assert.deepEqual(await storedNumbers(cluster.url), [...numbers(0, 10), ...numbers(3010, 4010)]);
});

Deno.test("TickWriter.run() goes on after a lock that outlasts its deadline", async () => {
  await using database = await testDatabase();
  const options = { ticksMax: 10_000, writeDeadlineMs: 200 };
  await writing(database.url, options, async (buffer) => {
    await query(database.url, async (sql) => {
      await sql`begin`;
      await sql`lock table stock_prices in exclusive mode`;
      buffer.push(ticks(0, 1000));
      // From another connection: in this transaction the view would not change.
      await waitFor(
        "a second attempt to wait for the lock",
        () =>
          query(database.url, async (other) => {
            const [row] = await other`
            select max(query_start) - min(xact_start) > interval '0.5 s' as second
            from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()`;
            return row?.["second"] === true;
          }),
      );
      await sql`rollback`;
    });
  });
  assert.deepEqual(await storedNumbers(database.url), numbers(0, 1000));
});

Deno.test("TickWriter.waiting counts the batch that Postgres is being given", async () => {
  // The gauge of waiting prices left out up to 5000 that were under way: while the database hung it read 0
  // for 10 s at a time, so QuotewireAggregatorNotWriting did not fire.
  await using database = await testDatabase();
  const { writer } = await writing(database.url, { ticksMax: 10_000 }, async (buffer, writer) => {
    await query(database.url, async (sql) => {
      await sql`begin`;
      await sql`lock table stock_prices in exclusive mode`;
      buffer.push(ticks(0, 1000));
      await waitFor("the batch to be taken", () => buffer.size === 0);
      assert.equal(writer.waiting, 1000);
      buffer.push(ticks(1000, 1001));
      assert.equal(writer.waiting, 1001);
      await sql`rollback`;
    });
    await waitFor("all to be written", () => writer.written === 1001);
  });
  assert.equal(writer.waiting, 0);
});

Deno.test("TickWriter.run() goes on after rows that the table refuses", async () => {
  await using database = await testDatabase();
  await query(
    database.url,
    (sql) => sql`alter table stock_prices add check (timestamp % 100 <> 7)`,
  );
  const { writer } = await writing(database.url, { ticksMax: 10_000 }, (buffer) => {
    buffer.push(ticks(0, 1000));
    return Promise.resolve();
  });
  assert.equal(writer.refused, 10);
  assert.equal(writer.written, 990);
});

Deno.test("TickWriter.flush() gives up at its deadline and leaves the rest in the buffer", async () => {
  const pool = new Database({
    url: "postgres://nobody@127.0.0.1:1/nowhere",
    connectionsMax: 1,
    applicationName: "quotewire test writer",
  });
  const buffer = new TickBuffer(100);
  buffer.push(ticks(0, 50));
  // Without its deadline it would never end.
  const writer = new TickWriter(buffer, new PriceWriter(pool));
  await withDeadline(writer.flush(300), 30_000, "give up");
  assert.equal(buffer.size, 50);
  assert.equal(writer.waiting, 50, "none counts twice");
  await pool.close();
});
