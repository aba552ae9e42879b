import assert from "node:assert/strict";
import { Database } from "../../src/db/client.ts";
import { PriceStore } from "../../src/db/price_store.ts";
import { insertPrices } from "../support/dashboard.ts";
import { LogRecords } from "../support/log_records.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

function openReader(url: string, connectionsMax = 1): Database {
  return new Database({ url, connectionsMax, applicationName: "quotewire test" });
}

Deno.test("PriceStore logs a few of the rows that it cannot show, however many a writer writes", async () => {
  // To Postgres these names have 20 characters, to JavaScript 37. Each such row was a line, with each read.
  await using records = await LogRecords.keep();
  await using database = await testDatabase();
  const reader = openReader(database.url);
  try {
    const store = new PriceStore(reader);
    const { cursor } = await store.newest(1);
    const names = Array.from({ length: 200 }, (_, n) => `${n}`.padEnd(3) + "😀".repeat(17));
    await insertPrices(database.url, names.map((symbol) => ({ symbol, price: 1 })));
    for (let read = 0; read < 3; read += 1) {
      assert.deepEqual((await store.newest(1)).rows, []);
      const changes = await store.changesSince(cursor);
      assert.ok(changes.kind === "rows" && changes.rows.length === 0);
    }
    assert.equal(records.of("db_row_invalid").length, 5);
  } finally {
    await reader.close();
  }
});

Deno.test("PriceStore takes no cursor to another server, nor over a crash of the same", async () => {
  // After a crash, transactions that nobody has heard of are counted again; behind a pooler another
  // server may answer on the connection that was there.
  await using cluster = await testCluster();
  const reader = openReader(cluster.url);
  try {
    const store = new PriceStore(reader);
    const { cursor } = await store.newest(1);
    assert.equal((await store.changesSince(cursor)).kind, "rows");
    const elsewhere = { ...cursor, server: cursor.server.replace(/^\d+/, "1999") };
    assert.equal((await store.changesSince(elsewhere)).kind, "other_server");
    const postmaster = cluster.processId;
    await query(cluster.url, async (sql) => {
      const [own] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      assert.ok(own !== undefined);
      Deno.kill(own.pid, "SIGKILL");
      await assert.rejects(async () => await sql`SELECT 1`);
    });
    // One that hears of the crash in time would not have used the cursor.
    const answered = () => store.announcesInserts().then(() => true, () => false);
    await waitFor("Postgres to recover", answered);
    assert.equal(cluster.processId, postmaster);
    assert.equal((await store.changesSince(cursor)).kind, "other_server");
    const later = await store.newest(1);
    assert.equal((await store.changesSince(later.cursor)).kind, "rows");
  } finally {
    await reader.close();
  }
});

Deno.test("PriceStore goes on from its cursor when the pool opens another connection", async () => {
  // The feed's second connection was taken for a sign of another server: where the pulse was answered
  // after the first read, all newest prices were read and delivered once more.
  await using database = await testDatabase();
  const reader = openReader(database.url, 2);
  const pids = new Set<unknown>();
  const look = () =>
    reader.query("look who answers", 5000, async (sql) => {
      const [row] = await sql`SELECT pg_backend_pid() AS pid, pg_sleep(0.2)`;
      pids.add(row?.pid);
    });
  try {
    const store = new PriceStore(reader);
    let { cursor } = await store.newest(1);
    await Promise.all([look(), look()]);
    assert.equal(pids.size, 2);
    await insertPrices(database.url, [{ symbol: "A", price: 1 }]);
    // Each connection in its turn, with a cursor of the other.
    for (const rows of [1, 0, 0]) {
      const changes = await store.changesSince(cursor);
      assert.ok(changes.kind === "rows", changes.kind);
      assert.equal(changes.rows.length, rows);
      cursor = changes.cursor;
    }
  } finally {
    await reader.close();
  }
});
