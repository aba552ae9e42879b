import assert from "node:assert/strict";
import postgres from "postgres";
import { insert } from "../contract/feed_contract.ts";
import { connect, type Dialogue, type Json } from "../support/dialogue.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

/** One server over one database, on which a test writes prices and talks to the feed. */
interface Stage extends AsyncDisposable {
  readonly server: TestServer;
  readonly sql: postgres.Sql;
  /** Inserts a price of source "x"; later calls carry later timestamps. */
  price(symbol: string, price: number): Promise<void>;
  client(path?: string, protocol?: string | null): Promise<Dialogue>;
}

async function stage(env: Record<string, string> = {}): Promise<Stage> {
  const database: TestDatabase = await testDatabase();
  const server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", ...env },
  });
  const sql = postgres(database.url, { max: 1 });
  let timestamp = Math.floor(Date.now() / 1000);
  return {
    server,
    sql,
    price: async (symbol, price) => {
      await insert(sql, symbol, price, timestamp++);
    },
    client: (path = "/ws", protocol) => connect(`${server.socketUrl}${path}`, protocol),
    async [Symbol.asyncDispose]() {
      await sql.end();
      await server.close();
      await database.close();
    },
  };
}

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

function quotes(frame: Json): Json[] {
  assert.ok(Array.isArray(frame.quotes));
  return frame.quotes;
}

function prices(frame: Json): Record<string, unknown> {
  return Object.fromEntries(quotes(frame).map((quote) => [quote.symbol, quote.price]));
}

const SUBSCRIBE_ALL = { type: "subscribe", id: 1, symbols: "*" };

test("The v1 feed greets, acknowledges, sends a snapshot and then updates", async () => {
  await using on = await stage();
  await on.price("A", 1);
  await waitFor("the price to be served", async () => {
    const answer = await (await fetch(`${on.server.url}/api/prices`)).json();
    return answer.quotes.length === 1;
  });
  await using client = await on.client();
  const hello = await client.nextOf("hello");
  assert.equal(hello.heartbeat_ms, 1000);
  client.send(SUBSCRIBE_ALL);
  const ack = await client.nextOf("ack");
  assert.deepEqual(ack, {
    type: "ack",
    id: 1,
    subscription: { symbols: "*", sources: "*", history: 0, max_rate_ms: 0 },
  });
  const snapshot = await client.nextOf("snapshot");
  assert.equal(snapshot.epoch, hello.epoch);
  assert.equal(snapshot.complete, true);
  assert.deepEqual(prices(snapshot), { A: 1 });
  assert.equal(quotes(snapshot)[0]?.open, 1);
  await on.price("A", 2);
  const update = await client.nextOf("update");
  assert.deepEqual(prices(update), { A: 2 });
  assert.ok(Number(update.seq) > Number(snapshot.seq));
});

test("The v1 feed sends only subscribed symbols and sources", async () => {
  await using on = await stage();
  await using client = await on.client();
  client.send({ type: "subscribe", id: 1, symbols: ["A", "B"], sources: ["x"] });
  await client.nextOf("snapshot");
  await on.sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
    VALUES ('A', 1, 'other', 1), ('C', 1, 'x', 1), ('B', 7, 'x', 1)`;
  assert.deepEqual(prices(await client.nextOf("update")), { B: 7 });
});

test("The v1 feed stops sending a symbol that is unsubscribed", async () => {
  await using on = await stage();
  await using client = await on.client();
  client.send({ type: "subscribe", id: 1, symbols: ["A", "B"] });
  await client.nextOf("snapshot");
  client.send({ type: "unsubscribe", id: 2, symbols: ["A"] });
  const ack = await client.next("the ack", (frame) => frame.id === 2);
  assert.deepEqual(ack.subscription, { symbols: ["B"], sources: "*", history: 0, max_rate_ms: 0 });
  await on.price("A", 1);
  await on.price("B", 2);
  assert.deepEqual(prices(await client.nextOf("update")), { B: 2 });
});

test("The v1 feed sends as many past prices as were asked for, oldest first", async () => {
  await using on = await stage();
  await using watcher = await on.client();
  watcher.send(SUBSCRIBE_ALL);
  for (const price of [1, 2, 3, 4]) {
    await on.price("A", price);
    await watcher.next(
      `price ${price}`,
      (frame) => Array.isArray(frame.quotes) && prices(frame).A === price,
    );
  }
  await using client = await on.client();
  client.send({ ...SUBSCRIBE_ALL, history: 3 });
  const [quote] = quotes(await client.nextOf("snapshot"));
  assert.ok(Array.isArray(quote?.history));
  assert.deepEqual(quote.history.map(([, price]) => price), [2, 3, 4]);
});

test("The v1 feed resumes with just what changed since", async () => {
  await using on = await stage();
  await on.price("A", 1);
  await using first = await on.client();
  first.send(SUBSCRIBE_ALL);
  const hello = await first.nextOf("hello");
  await first.next("A", (frame) => Array.isArray(frame.quotes) && prices(frame).A === 1);
  await on.price("B", 2);
  const { seq } = await first.next(
    "B",
    (frame) => Array.isArray(frame.quotes) && prices(frame).B === 2,
  );
  await on.price("C", 3);
  await first.next("C", (frame) => Array.isArray(frame.quotes) && prices(frame).C === 3);
  // Another worker may answer, so it is asked until it has seen C as well.
  await using second = await on.client();
  second.send({ type: "resume", id: 1, epoch: hello.epoch, seq, symbols: "*" });
  const resumed = await second.nextOf("resumed");
  assert.equal(resumed.kind, "delta");
  assert.equal(resumed.from, seq);
  assert.deepEqual(prices(await second.nextOf("update")), { C: 3 });
});

test("The v1 feed answers a resume from another epoch with a snapshot", async () => {
  await using on = await stage();
  await using client = await on.client();
  client.send({ type: "resume", id: 1, epoch: "another", seq: 5, symbols: "*" });
  assert.equal((await client.nextOf("resumed")).kind, "snapshot");
  await client.nextOf("snapshot");
});

test("The v1 feed beats every second and says how the feed is", async () => {
  await using on = await stage();
  await using client = await on.client();
  const first = await client.nextOf("heartbeat");
  const second = await client.nextOf("heartbeat");
  assert.deepEqual(Object.keys(Object(first.feed)).sort(), ["age_ms", "mode", "status"]);
  assert.ok(Number(second.server_time) > Number(first.server_time));
});

test("The v1 feed conflates to the rate that a client asks for, and says how many", async () => {
  await using on = await stage();
  await using eager = await on.client();
  await using client = await on.client();
  eager.send(SUBSCRIBE_ALL);
  await eager.nextOf("snapshot");
  // Long beside the way of one price to the other client, on a busy machine as well.
  client.send({ ...SUBSCRIBE_ALL, max_rate_ms: 2000 });
  await client.nextOf("snapshot");
  const isPrice = (price: number) => (frame: Json) =>
    frame.type === "update" && prices(frame).A === price;
  for (let price = 1; price <= 20; price++) {
    await on.price("A", price);
    // Committed faster than they are read, prices are conflated by the table.
    await eager.next(`price ${price}`, isPrice(price));
  }
  await client.next("the last price", isPrice(20));
  const updates = client.received.filter((frame) => frame.type === "update");
  const conflated = updates.reduce((sum, frame) => sum + Number(frame.conflated ?? 0), 0);
  assert.ok(conflated > 0);
  assert.equal(conflated + updates.length, 20);
});

test("The v1 feed answers each malformed message with an error and goes on", async () => {
  await using on = await stage();
  await using client = await on.client();
  for (const bad of ["", "{", "null", '{"type":"subscribe","id":9}', '{"type":"order","id":9}']) {
    client.send(bad);
    const error = await client.nextOf("error");
    assert.equal(error.code, "invalid_message");
  }
  client.socket.send(new Uint8Array([1, 2, 3]));
  assert.match(String((await client.nextOf("error")).message), /binary/);
  client.send({ type: "ping", id: "still here" });
  assert.equal((await client.nextOf("pong")).id, "still here");
  const stats = await (await fetch(`${on.server.url}/api/stats`)).json();
  assert.equal(stats.messages_invalid_total, 6);
});

test("The v1 feed closes with 1009 on a message that is too big", async () => {
  await using on = await stage({ MAX_MESSAGE_BYTES: "1024" });
  await using client = await on.client();
  client.send("x".repeat(1025));
  await waitFor("the close", () => client.closed !== undefined);
  assert.equal(client.closed?.code, 1009);
});

test("The v1 feed closes with 4009 a client that never subscribes", async () => {
  await using on = await stage();
  await using client = await on.client();
  await waitFor("the close", () => client.closed !== undefined, 15_000);
  assert.equal(client.closed?.code, 4009);
});

test("The stats of v1 and classic count the active clients of all workers", async () => {
  await using on = await stage();
  await using one = await on.client("/ws");
  await using two = await on.client("/", null);
  await using three = await on.client("/ws", null);
  await waitFor("three clients", async () => {
    const stats = await (await fetch(`${on.server.url}/api/stats`)).json();
    return stats.active_clients === 3;
  });
  one.send({ type: "stats", id: 7 });
  assert.equal(Object(await one.nextOf("stats")).stats.active_clients, 3);
  two.send("/stats");
  assert.equal((await two.nextOf("stats")).active_clients, 3);
  await three[Symbol.asyncDispose]();
  await on.server.says(/Session closed: classic .* 2 active/);
});

test("The classic feed greets, then sends the newest of each and every change, and nothing else", async () => {
  await using on = await stage();
  await on.price("A", 1);
  await waitFor("the price to be served", async () => {
    const answer = await (await fetch(`${on.server.url}/api/prices`)).json();
    return answer.quotes.length === 1;
  });
  await using client = await on.client("/", null);
  assert.deepEqual(await client.next("the greeting"), {
    type: "connected",
    message: "Connected to stock price feed",
  });
  const quote = await client.next("a quote");
  assert.deepEqual(Object.keys(quote), ["symbol", "price", "source", "timestamp"]);
  await on.price("A", 2);
  assert.equal((await client.next("the change")).price, 2);
  assert.equal(client.received.length, 3);
});

test("The HTTP API serves prices, history and health, and refuses bad queries", async () => {
  await using on = await stage();
  await on.price("A", 1);
  await on.price("A", 2);
  await on.price("B", 3);
  const get = async (path: string) => {
    const response = await fetch(`${on.server.url}${path}`);
    return { status: response.status, body: await response.json() };
  };
  await waitFor("B", async () => (await get("/api/prices?symbols=B")).body.quotes.length === 1);
  assert.equal((await get("/api/prices?symbols=A")).body.quotes[0].price, 2);
  const history = (await get("/api/history?symbol=A&limit=2")).body;
  assert.equal(history.series[0].prices.at(-1).price, 2);
  assert.equal((await get("/api/history")).status, 400);
  assert.equal((await get("/api/history?symbol=A&limit=101")).status, 400);
  assert.equal((await get("/healthz")).status, 200);
  await waitFor("readiness", async () => (await get("/readyz")).status === 200);
  for (const path of ["/nothing", "/..%2fdeno.json", "/%00", "/..%5cmain.ts"]) {
    assert.equal((await get(path)).status, 404);
  }
});
