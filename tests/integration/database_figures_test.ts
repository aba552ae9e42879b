import assert from "node:assert/strict";
import { Database } from "../../src/db/client.ts";
import { readDatabaseFigures } from "../../src/db/database_figures.ts";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

const DEADLINE_MS = 10_000;

Deno.test("readDatabaseFigures() tells of Postgres, of the table and of its newest row", async () => {
  await using database = await testDatabase();
  const pool = new Database({
    url: database.url,
    connectionsMax: 1,
    applicationName: "quotewire test figures",
  });
  try {
    const empty = await readDatabaseFigures(pool, DEADLINE_MS);
    assert.equal(empty.newestAgeMs, null);
    assert.ok(empty.version >= 140_000);
    assert.ok(empty.ownConnections >= 1);
    assert.ok(empty.connections >= empty.ownConnections);
    assert.ok(empty.connectionsMax >= empty.connections);
    await insertPrices(database.url, ["A", "B", "C"].map((symbol) => ({ symbol, price: 1 })));
    await query(database.url, async (sql) => {
      await sql`update stock_prices set inserted_at = inserted_at - interval '1 hour' where symbol < 'C'`;
      await sql`analyze stock_prices`;
    });
    const full = await readDatabaseFigures(pool, DEADLINE_MS);
    assert.equal(full.rows, 3);
    assert.ok(full.bytes > 0);
    assert.ok(full.newestAgeMs !== null && full.newestAgeMs < 600_000, `${full.newestAgeMs}`);
  } finally {
    await pool.close();
  }
});

Deno.test("readDatabaseFigures() counts the connections of other roles, too", async () => {
  // Postgres shows a role little of what others do, and a count of that missed them.
  await using database = await testDatabase();
  const role = `stranger_${crypto.randomUUID().slice(0, 8)}`;
  const address = new URL(database.url);
  await query(database.url, async (sql) => {
    await sql.unsafe(`create role ${role} login password 'pass'`);
    await sql.unsafe(`grant select on stock_prices to ${role}`);
  });
  try {
    address.username = role;
    address.password = "pass";
    const pool = new Database({
      url: address.href,
      connectionsMax: 1,
      applicationName: "quotewire test stranger",
    });
    try {
      await query(database.url, async (sql) => {
        await sql`select 1`;
        const { ownConnections, connections } = await readDatabaseFigures(pool, DEADLINE_MS);
        assert.ok(ownConnections >= 2, `${ownConnections}`);
        assert.ok(connections >= ownConnections, `${connections}`);
      });
    } finally {
      await pool.close();
    }
  } finally {
    await query(database.url, async (sql) => {
      await sql.unsafe(`drop owned by ${role}`);
      await sql.unsafe(`drop role ${role}`);
    });
  }
});
