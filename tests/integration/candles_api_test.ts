import assert from "node:assert/strict";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const HOSTILE = "<img src=x onerror=1>";

async function ask({ url }: TestServer, path: string) {
  const answer = await fetch(`${url}${path}`);
  return { status: answer.status, answer, body: await answer.json() };
}

Deno.test("A server keeps candles, answers for them, goes on after a restart, and says when the database is away", async () => {
  await using database = await testDatabase();
  const minute = Math.floor(Date.now() / 60_000) * 60 - 120;
  const prices = [
    { symbol: HOSTILE, source: "x", price: 2, timestamp: minute + 30 },
    { symbol: HOSTILE, source: "x", price: 3, timestamp: minute + 20 },
    { symbol: HOSTILE, source: "y", price: 4, timestamp: minute + 10 },
  ];
  await insertPrices(database.url, prices);
  await using server = await startServer({ databaseUrl: database.url });
  const candles = `/api/candles?interval=1m&symbol=${encodeURIComponent(HOSTILE)}`;
  const ready = async () => {
    const { status, body } = await ask(server, candles);
    return status === 200 && body.coverage === "ready" ? body : undefined;
  };
  const first = await waitFor("the candles to be kept", ready, 30_000);
  const bar = { time: minute, open: 4, high: 4, low: 2, close: 2, count: 3, final: true };
  assert.deepEqual(first, { candles: [bar], more: false, coverage: "ready" });
  const { answer, body: ofX } = await ask(server, `${candles}&source=x`);
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.deepEqual(ofX.candles, [{ ...bar, open: 3, high: 3, count: 2 }]);
  await server.stop();
  await insertPrices(database.url, [
    { symbol: HOSTILE, source: "x", price: 9, timestamp: minute + 21 },
  ]);
  await server.restart();
  const second = await waitFor("the candles after the restart", async () => {
    const body = await ready();
    return body?.candles[0]?.count === 4 ? body : undefined;
  }, 30_000);
  assert.deepEqual(second.candles, [{ ...bar, high: 9, count: 4 }]);
  for (
    const path of [
      "/api/candles?symbol=A",
      "/api/candles?symbol=A&interval=1w",
      "/api/candles?symbol=&interval=1m",
      "/api/candles?symbol=%00&interval=1m",
      "/api/candles?symbol=A&interval=1m&limit=1001",
      "/api/candles?symbol=A&interval=1m&before=1795233361000",
    ]
  ) {
    const { status, body } = await ask(server, path);
    assert.deepEqual([status, body.error], [400, "invalid_query"], path);
  }
  const unknown = await ask(server, "/api/candles?symbol=nobody&interval=1s");
  assert.deepEqual(unknown.body, { candles: [], more: false, coverage: "ready" });
  await query(database.url, (sql) => sql`drop table quotewire_candles`);
  await query(database.url, (sql) => sql`alter table stock_prices rename to gone`);
  const away = await waitFor("the candles to be gone", async () => {
    const found = await ask(server, candles);
    return found.status === 200 ? undefined : found;
  });
  assert.deepEqual([away.status, away.body.error], [503, "unavailable"]);
  assert.equal(away.answer.headers.get("retry-after"), "1");
});
