import assert from "node:assert/strict";
import postgres from "postgres";
import { PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { connect } from "../support/dialogue.ts";
import { testDatabase } from "../support/postgres.ts";
import { figure, scrape } from "../support/prometheus_text.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

/** Long symbols and many of them, so that a client that does not read fills its buffers soon. */
const SYMBOLS = 2000;
const ROUNDS = 100;

async function stats(server: TestServer): Promise<Record<string, number>> {
  return await (await fetch(`${server.url}/api/stats`)).json();
}

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** Writes a new price of every symbol. */
async function writeRound(sql: postgres.Sql, round: number): Promise<void> {
  await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
    SELECT 'A-SYMBOL-WITH-A-LONG-NAME-' || n, ${round}, 'x', ${round}
    FROM generate_series(1, ${SYMBOLS}) n`;
}

test("A client that never reads is bounded, then dropped, and disturbs nobody", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: {
      FEED_MODE: "listen",
      SEND_BUFFER_BYTES_MAX: "65536",
      SLOW_CLIENT_DEADLINE_MS: "1000",
    },
  });
  const sql = postgres(database.url, { max: 1 });
  await using reader = await connect(`${server.socketUrl}/ws`);
  reader.send({ type: "subscribe", id: 1, symbols: "*" });
  await reader.nextOf("snapshot");
  using stalled = await StalledClient.open(server.port, PRICE_PROTOCOL_JSON);
  await stalled.send({ type: "subscribe", id: 1, symbols: "*" });
  await waitFor("both clients", async () => (await stats(server)).active_clients === 2);

  let round = 0;
  await waitFor("the drop", async () => {
    round += 1;
    await writeRound(sql, round);
    return (await stats(server)).slow_drops_total === 1;
  }, 30_000);

  await waitFor("the reader alone", async () => (await stats(server)).active_clients === 1);
  const lastPrice = () =>
    reader.received.flatMap((frame) => Array.isArray(frame.quotes) ? frame.quotes : []).at(-1)
      ?.price;
  await waitFor("the reader to have the last round", () => lastPrice() === round);
  assert.equal(reader.closed, undefined);
  await server.says(/code 4008 \(too slow: stopped reading\)/);
  await sql.end();
});

test("A client that reads late gets the newest price of each symbol, and how many it missed", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", SEND_BUFFER_BYTES_MAX: "65536", WORKERS: "1" },
  });
  const sql = postgres(database.url, { max: 1 });
  using late = await StalledClient.open(server.port, PRICE_PROTOCOL_JSON);
  await late.send({ type: "subscribe", id: 1, symbols: "*" });
  // About 20 MB: more than the kernel's buffers of both sides hold.
  for (let round = 1; round <= ROUNDS; round++) await writeRound(sql, round);
  const conflatedTotal = async () =>
    figure((await scrape(server.url)).families, "quotewire_conflated_updates_total");
  // Of what it missed nothing was counted until it read on.
  await waitFor("the metrics to show what waits, and what was left out", async () => {
    const { families } = await scrape(server.url);
    const feed = { endpoint: "feed" };
    return await conflatedTotal() > 0 && figure(families, "quotewire_outbox_quotes", feed) > 0 &&
      figure(families, "quotewire_buffered_bytes", feed) >= 65_536;
  });

  const last = new Map<string, number>();
  let conflated = 0;
  await late.readUntil(({ quotes = [], conflated: count = 0 }) => {
    conflated += count;
    for (const { symbol, price } of quotes) {
      assert.ok(price >= (last.get(symbol) ?? 0), "no price goes back");
      last.set(symbol, price);
    }
    return last.size === SYMBOLS && [...last.values()].every((price) => price === ROUNDS);
  });
  assert.ok(conflated > 0);
  await waitFor("the same count in the metrics", async () => await conflatedTotal() === conflated);
  await sql.end();
});
