import assert from "node:assert/strict";
import postgres from "postgres";
import { insert } from "../contract/feed_contract.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { processTest as test } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const FILES_MAX = 400;

/** Opens connections that never send a request, until the server takes no more. */
async function dialUntilFull(server: TestServer): Promise<Deno.TcpConn[]> {
  const connections: Deno.TcpConn[] = [];
  const failed = () => server.lines.filter((line) => /Listener failed/.test(line)).length;
  await waitFor("both listeners to fail", async () => {
    try {
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
    } catch (error) {
      const refused = error instanceof Deno.errors.ConnectionRefused ||
        error instanceof Deno.errors.ConnectionReset;
      if (!refused) throw error;
    }
    return failed() >= 2;
  }, 30_000);
  return connections;
}

async function nextPrice(client: Dialogue, price: number): Promise<void> {
  await client.next(
    `the price ${price}`,
    ({ quotes }) => Array.isArray(quotes) && quotes.some((quote) => quote.price === price),
  );
}

test("A server without a file descriptor left keeps its clients and its database, and accepts again when there is one", async () => {
  // Deno.serve ends its isolate when it cannot accept, and with it every session of that isolate.
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    filesMax: FILES_MAX,
    env: { FEED_MODE: "listen" },
  });
  const sql = postgres(database.url, { max: 1 });
  const clients: Dialogue[] = [];
  for (let n = 0; n < 8; n++) {
    const client = await connect(`${server.socketUrl}/ws`);
    client.send({ type: "subscribe", id: 1, symbols: "*" });
    await client.nextOf("snapshot");
    clients.push(client);
  }
  const idle = await dialUntilFull(server);

  // Every database connection is cut: the feed needs new ones, and a descriptor for each.
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'quotewire%'`;
  await insert(sql, "A", 1, 1);
  await Promise.all(clients.map((client) => nextPrice(client, 1)));

  for (const connection of idle) connection.close();
  const late = await waitFor("a new client to be served", async () => {
    try {
      return await connect(`${server.socketUrl}/ws`);
    } catch (error) {
      assert.ok(error instanceof assert.AssertionError);
      return undefined;
    }
  }, 30_000);
  await late.nextOf("hello");
  assert.ok(clients.every(({ closed }) => closed === undefined), "nobody lost the connection");
  await Promise.all([late, ...clients].map((client) => client[Symbol.asyncDispose]()));
  await sql.end();
});

test("MAX_SESSIONS is lowered to what the file descriptors allow, which is a warning if it was set", async () => {
  // It was one without being set too: with the 20,000 files that many systems allow, at each start.
  await using database = await testDatabase();
  for (const [env, level] of [[{}, "info"], [{ MAX_SESSIONS: "20000" }, "warning"]] as const) {
    await using server = await startServer({ databaseUrl: database.url, filesMax: FILES_MAX, env });
    const line = server.lines.find((one) => /MAX_SESSIONS is \d+, not 20000/.test(one)) ?? "";
    assert.match(line, new RegExp(`^\\S+ ${level} `));
    assert.match(line, /ulimit -n 2\d{4} makes room for them/);
    const clamped = Number(/MAX_SESSIONS is (\d+)/.exec(line)?.[1]);
    assert.ok(clamped > 100 && clamped < FILES_MAX, `MAX_SESSIONS became ${clamped}`);
  }
});
