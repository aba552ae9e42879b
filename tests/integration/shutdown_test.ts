import assert from "node:assert/strict";
import postgres from "postgres";
import { withDeadline } from "../../src/lifecycle.ts";
import { PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { connect } from "../support/dialogue.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { type QuoteFrame, StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

const SHUTDOWN_DEADLINE_MS = 5000;
/** What does not end in time here does not end at all. */
const END_DEADLINE_MS = 30_000;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

test("SIGTERM tells every client when to come back, closes with 1001 and ends with exit code 0", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const clients = await Promise.all([1, 2, 3, 4].map(() => connect(`${server.socketUrl}/ws`)));
  await using classic = await connect(`${server.socketUrl}/`, null);
  await Promise.all(clients.map((client) => client.nextOf("hello")));
  assert.equal(await server.stop(), 0);
  for (const client of clients) {
    const closing = await client.nextOf("closing");
    assert.ok(Number(closing.reconnect_after_ms) >= 0);
    await waitFor("the close", () => client.closed !== undefined);
    assert.equal(client.closed?.code, 1001);
  }
  await waitFor("the classic client's close", () => classic.closed !== undefined);
  const delays = clients.flatMap((client) =>
    client.received.filter((frame) => frame.type === "closing").map((frame) =>
      frame.reconnect_after_ms
    )
  );
  assert.ok(new Set(delays).size > 1, "the delays are spread");
});

test("SIGTERM ends in time although a client has stopped reading with data on its way", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", SHUTDOWN_DEADLINE_MS: String(SHUTDOWN_DEADLINE_MS) },
  });
  using stalled = await StalledClient.open(server.port, PRICE_PROTOCOL_JSON);
  await stalled.send({ type: "subscribe", id: 1, symbols: "*" });
  await flood(database.url);
  assert.equal(await withDeadline(server.stop(), END_DEADLINE_MS, "stop the server"), 0);
  assert.doesNotMatch(server.lines.join("\n"), /Workers cut off/);
  const hasLastRound = (frame: QuoteFrame) =>
    frame.quotes?.some(({ price }) => price === 100) ?? false;
  await assert.rejects(stalled.readUntil(hasLastRound), /ended|reset/, "it had really stalled");
});

test("SIGTERM leaves a client that is slow the time to read what was sent to it", async () => {
  // The HTTP server's shutdown does not wait for a socket that is being closed, and cut its client off.
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", SHUTDOWN_DEADLINE_MS: "20000" },
  });
  const slow = await StalledClient.open(server.port, PRICE_PROTOCOL_JSON);
  await slow.send({ type: "subscribe", id: 1, symbols: "*" });
  await flood(database.url);
  const stopped = server.stop();
  await server.says(/Session closed/, 30_000);
  await slow.readUntil(({ type }) => type === "closing");
  slow[Symbol.dispose]();
  assert.equal(await stopped, 0);
});

/** Writes more prices than the network takes from the server unless somebody reads. */
async function flood(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  for (let round = 1; round <= 100; round++) {
    await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT 'A-SYMBOL-WITH-A-LONG-NAME-' || n, ${round}, 'x', ${round} FROM generate_series(1, 2000) n`;
  }
  await sql.end();
}

test("After a stop the port is free for the next server at once", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  await using client = await connect(`${server.socketUrl}/ws`);
  await client.nextOf("hello");
  assert.equal(await server.stop(), 0);
  await server.restart();
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});
