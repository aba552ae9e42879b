import assert from "node:assert/strict";
import postgres from "postgres";
import { FeedClient } from "../../src/client/feed_client.ts";
import { DEFLATE_KINDS } from "../../src/session/deflate_kinds.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect, type Dialogue, type Json } from "../support/dialogue.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

// One worker, so that both clients of a test are told of the same batches.
const ENV = { FEED_MODE: "listen", WORKERS: "1" };
const SUBSCRIBE_ALL = { type: "subscribe", id: 1, symbols: "*" };

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** Documents with quotes, without what differs from client to client. */
function ofPrices({ received }: Dialogue): Json[] {
  return received.filter(({ type }) => type === "snapshot" || type === "update");
}

function priceOf(client: Dialogue, symbol: string): unknown {
  return ofPrices(client).flatMap(({ quotes }) => Array.isArray(quotes) ? quotes : [])
    .findLast((quote) => quote.symbol === symbol)?.price;
}

test("The compressed feed sends the documents of the plain one, large snapshots in chunks", async () => {
  await using database = await testDatabase();
  const prices = (price: number) =>
    Array.from({ length: 1200 }, (_, n) => ({ symbol: `S${n}`, price }));
  await insertPrices(database.url, prices(1));
  await using server = await startServer({ databaseUrl: database.url, env: ENV });
  await using plain = await connect(`${server.socketUrl}/ws`);
  await using packed = await connect(`${server.socketUrl}/ws`, PRICE_PROTOCOL_DEFLATE);
  await waitFor("the prices to be served", async () => {
    const { quotes } = await (await fetch(`${server.url}/api/prices`)).json();
    return quotes.length === 1200;
  });
  for (const client of [plain, packed]) client.send(SUBSCRIBE_ALL);
  for (const client of [plain, packed]) {
    await client.next("the last chunk", (frame) => frame.complete === true);
  }
  await insertPrices(database.url, [{ symbol: "S7", price: 2 }, { symbol: "S8", price: 3 }]);
  await insertPrices(database.url, prices(4));
  for (const client of [plain, packed]) {
    await waitFor("the newest prices", () => priceOf(client, "S1199") === 4);
  }
  assert.equal(ofPrices(packed).filter(({ type }) => type === "snapshot").length, 3);
  assert.deepEqual(ofPrices(packed), ofPrices(plain));
  assert.equal(packed.socket.protocol, PRICE_PROTOCOL_DEFLATE);
});

test("The server speaks the subprotocol that the client named first", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url, env: ENV });
  const both = [PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON];
  for (const offered of [both, both.toReversed()]) {
    const socket = new WebSocket(`${server.socketUrl}/ws`, offered);
    await waitFor("the connection", () => socket.readyState === WebSocket.OPEN);
    assert.equal(socket.protocol, offered[0]);
    socket.close();
    await waitFor("the close", () => socket.readyState === WebSocket.CLOSED);
  }
});

test("FeedClient resumes a compressed feed with no more than what it missed", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }, { symbol: "B", price: 20 }]);
  await using server = await startServer({ databaseUrl: database.url, env: ENV });
  const sockets: WebSocket[] = [];
  const client = new FeedClient({
    url: `${server.socketUrl}/ws`,
    subscription: { symbols: "*" },
    compression: "on",
    random: () => 0.999,
    webSocket: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    },
  });
  const resumed: string[] = [];
  client.on("resumed", ({ kind }) => resumed.push(kind));
  client.start();
  try {
    await waitFor("the first prices", () => client.quote("B", "test")?.price === 20);
    sockets[0]?.close(4000, "cut by the test");
    await waitFor("the cut", () => client.state.phase === "reconnecting");
    await insertPrices(database.url, [{ symbol: "B", price: 21 }]);
    client.checkNow();
    await waitFor("the missed price", () => client.quote("B", "test")?.price === 21);
    assert.deepEqual(resumed, ["delta"]);
    for (const price of [22, 23]) {
      await insertPrices(database.url, [{ symbol: "B", price }]);
      await waitFor("the next price", () => client.quote("B", "test")?.price === price);
    }
    assert.equal(client.protocol, PRICE_PROTOCOL_DEFLATE);
    assert.equal(client.malformedCount, 0);
  } finally {
    client.stop();
  }
});

test("A client that reads a compressed feed late gets the newest price of each symbol, and joins its stream again", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { ...ENV, SEND_BUFFER_BYTES_MAX: "65536" },
  });
  const sql = postgres(database.url, { max: 1 });
  using late = await StalledClient.open(server.port, PRICE_PROTOCOL_DEFLATE);
  await late.send(SUBSCRIBE_ALL);
  const symbols = 2000;
  let round = 0;
  // Names and digits that compress badly, so that the kernel's buffers are full before long. The counter
  // is a second old, which is less than a hundred rounds.
  await waitFor("something to be left out", async () => {
    round += 1;
    await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT md5(n::text), ${round} + random(), 'x', ${round} FROM generate_series(1, ${symbols}) n`;
    const stats = await (await fetch(`${server.url}/api/stats`)).json();
    return stats.updates_delivered_total < (round - 100) * symbols;
  }, 60_000);
  const leftOut = round;
  // Another one takes the pieces that the late one misses.
  await using quick = await connect(`${server.socketUrl}/ws`, PRICE_PROTOCOL_DEFLATE);
  quick.send(SUBSCRIBE_ALL);
  await quick.next("the snapshot", ({ complete }) => complete === true);
  await waitFor("a piece for the quick client", async () => {
    round += 1;
    await insertPrices(database.url, [{ symbol: "between", price: round }]);
    await waitFor("the price", () => priceOf(quick, "between") === round);
    return quick.kinds.includes(DEFLATE_KINDS.first);
  });
  const last = new Map<string, number>();
  let conflated = 0;
  await late.readUntil(({ quotes = [], conflated: count = 0 }) => {
    conflated += count;
    for (const { symbol, price } of quotes) {
      assert.ok(price >= (last.get(symbol) ?? 0), "no price goes back");
      last.set(symbol, price);
    }
    return last.get("between") === round;
  });
  assert.equal(last.size, symbols + 1);
  assert.ok([...last.values()].every((price) => price >= leftOut));
  assert.ok(conflated > 0);
  assert.equal(late.kinds.at(-1), DEFLATE_KINDS.alone);
  await waitFor("a piece for the late client", async () => {
    round += 1;
    await insertPrices(database.url, [{ symbol: "after", price: round }]);
    await late.readUntil(({ quotes }) => quotes?.[0]?.price === round);
    return late.kinds.at(-1) === DEFLATE_KINDS.piece;
  });
  await waitFor("the quick client", () => priceOf(quick, "after") === round);
  await sql.end();
});
