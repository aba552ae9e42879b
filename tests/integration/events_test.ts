import assert from "node:assert/strict";
import postgres from "postgres";
import { insert } from "../contract/feed_contract.ts";
import { connect, type Json } from "../support/dialogue.ts";
import { handshake } from "../support/handshake.ts";
import { openSocket } from "../support/plain_socket.ts";
import type { TestServer } from "../support/server.ts";
import { serverTest } from "../support/server_stage.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

const SYMBOLS = 2000;

function test(
  name: string,
  run: (server: TestServer, sql: postgres.Sql) => Promise<void>,
  env: Record<string, string> = {},
): void {
  serverTest(name, async ({ server, database }) => {
    const sql = postgres(database.url, { max: 1 });
    try {
      await run(server, sql);
    } finally {
      await sql.end();
    }
  }, { FEED_MODE: "listen", ...env });
}

function payload(frame: Json): Json {
  return Object(frame.payload);
}

function ofTopic(topic: string): (frame: Json) => boolean {
  return (frame) => frame.topic === topic;
}

async function stats(server: TestServer): Promise<Record<string, number>> {
  return await (await fetch(`${server.url}/api/stats`)).json();
}

test("The topic stream sends a random number at once and then every second", async (server) => {
  await using client = await connect(`${server.socketUrl}/events?topics=random,stats`, null);
  const frames: Json[] = [];
  const uptimesMs: number[] = [];
  for (const which of ["first", "second", "third"]) {
    frames.push(await client.next(`the ${which}`, ofTopic("random")));
    uptimesMs.push(Number(payload(await client.next("its time", ofTopic("stats"))).uptime_ms));
  }
  for (const frame of frames) {
    assert.deepEqual(Object.keys(frame), ["topic", "payload"]);
    assert.equal(payload(frame).message, "Hello, world!");
    const num = Number(payload(frame).num);
    assert.ok(Number.isInteger(num) && num >= 0 && num < 2 ** 32, `${num}`);
  }
  assert.equal(new Set(frames.map((frame) => payload(frame).num)).size, 3);
  // By the server's clock: a busy client reads late what came in time. The second follows the first by
  // 0.5 to 1.5 s, the third the second by 1 s.
  const [first = 0, , third = 0] = uptimesMs;
  assert.ok(third - first > 1000, `took ${third - first} ms`);
});

test("The topic stream serves a page that expects JSON and the topic random", async (server) => {
  const socket = new WebSocket(`${server.socketUrl}/events`);
  const ws = { current: socket };
  const payloads: unknown[] = [];
  const setPayload = (payload: unknown) => payloads.push(payload);
  ws.current.onmessage = (event: MessageEvent<string>) => {
    const data = JSON.parse(event.data);
    if (data.topic === "random") setPayload(data.payload);
  };
  await waitFor("two payloads", () => payloads.length >= 2);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
});

test("The topic stream returns text and bytes while it streams", async (server) => {
  await using client = await openSocket(`${server.socketUrl}/events`);
  const bytes = new Uint8Array(60_000).fill(7);
  client.socket.send("hello");
  client.socket.send(bytes);
  const isRandom = (message: unknown) =>
    typeof message === "string" && message.startsWith('{"topic":"random"');
  await waitFor("echoes between topics", () => client.received.filter(isRandom).length >= 2);
  const echoes = client.received.filter((message) => !isRandom(message));
  assert.deepEqual(echoes, ["hello", bytes.buffer]);
});

test(
  "The topic prices sends the newest of each first, then each change, and nothing else",
  async (server, sql) => {
    await insert(sql, "A", 1, 100);
    await insert(sql, "B", 5, 100);
    await waitFor("the prices to be served", async () => {
      const answer = await (await fetch(`${server.url}/api/prices`)).json();
      return answer.quotes.length === 2;
    });
    await using client = await connect(`${server.socketUrl}/events?topics=prices`, null);
    const newest = [await client.next("a price"), await client.next("a price")];
    assert.deepEqual(
      Object.fromEntries(newest.map((frame) => [payload(frame).symbol, payload(frame).price])),
      { A: 1, B: 5 },
    );
    await insert(sql, "A", 2, 101);
    const change = await client.next("the change");
    assert.equal(change.topic, "prices");
    assert.deepEqual(Object.keys(payload(change)), [
      "symbol",
      "source",
      "price",
      "timestamp",
      "time",
    ]);
    assert.equal(payload(change).price, 2);
    assert.equal(client.received.length, 3);
  },
);

test(
  "The topics of one client come together, and stats counts the sessions of each endpoint",
  async (server, sql) => {
    const topics = "topics=random,prices,stats";
    await using client = await connect(`${server.socketUrl}/events?${topics}`, null);
    await using feed = await connect(`${server.socketUrl}/ws`);
    await using echo = await openSocket(`${server.socketUrl}/echo`);
    await feed.nextOf("hello");
    await echo.next("the welcome");
    await insert(sql, "A", 1, 100);
    await client.next("a random", ofTopic("random"));
    await client.next("a price", ofTopic("prices"));
    const counted = await client.next(
      "all of them counted",
      (frame) => ofTopic("stats")(frame) && payload(frame).sockets === 3,
    );
    assert.equal(payload(counted).active_clients, 1);
    assert.equal(payload(counted).sessions_v1, 1);
    assert.equal(payload(counted).sessions_echo, 1);
    assert.equal(payload(counted).sessions_events, 1);
  },
);

test("An unknown topic is refused before the upgrade, with the names of the known ones", async (server) => {
  for (const query of ["topics=orders", "topics=random,orders", "topics=", "topics=random,"]) {
    const { status, body } = await handshake(server.port, `/events?${query}`);
    assert.equal(status, 400, query);
    assert.match(body, /topics must be some of random, prices, stats, is "(orders)?"/);
  }
  const protocol = await handshake(server.port, "/events", {
    headers: { "sec-websocket-protocol": "quotewire.v1.json" },
  });
  assert.equal(protocol.status, 400);
  assert.equal((await stats(server)).rejected_total, 5);
});

test(
  "A client of the topic prices that never reads is let go, and disturbs nobody",
  async (server, sql) => {
    await using reader = await connect(`${server.socketUrl}/events?topics=prices`, null);
    using _stalled = await StalledClient.open(server.port, null, "/events?topics=random,prices");
    let round = 0;
    await waitFor("the drop", async () => {
      round += 1;
      await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT 'A-SYMBOL-WITH-A-LONG-NAME-' || n, ${round}, 'x', ${round}
      FROM generate_series(1, ${SYMBOLS}) n`;
      return (await stats(server)).slow_drops_total === 1;
    }, 30_000);
    await waitFor(
      "the reader to have the last round",
      () => reader.received.some((frame) => payload(frame).price === round),
    );
    assert.equal(reader.closed, undefined);
    assert.equal((await stats(server)).sessions_events, 1);
  },
  { SEND_BUFFER_BYTES_MAX: "65536", SLOW_CLIENT_DEADLINE_MS: "1000" },
);

test("A client of the topic stream that breaks off leaves nothing behind", async (server) => {
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => StalledClient.open(server.port, null, "/events")),
  );
  await waitFor("all of them", async () => (await stats(server)).sessions_events === 20);
  for (const client of clients) client[Symbol.dispose]();
  await waitFor("none of them", async () => (await stats(server)).sessions_events === 0);
  assert.equal((await stats(server)).sockets, 0);
});

test("The topic stream drives the handler of the event stream demo, as it stands there", async (server) => {
  interface WebSocketMessage<Payload> {
    topic: string;
    payload: Payload;
  }
  interface Random {
    num: number;
    message: string;
  }
  const ws = { current: new WebSocket(`${server.socketUrl}/events`) };
  const console = { log: (..._args: unknown[]) => {} };
  let shown: Random | undefined;
  const setPayload = (payload: Random) => shown = payload;
  // From here on word for word: a React client that shows the newest payload.
  // deno-fmt-ignore
  ws.current.onmessage = (event: MessageEvent<string>) => {
        // Logs any message received from server
        const data = JSON.parse(event.data) as WebSocketMessage<unknown>;
        console.log('Message from server: ', event.data);
        if (data.topic === "random") {
          console.log('Message includes: ', data.payload);
          setPayload(data.payload as Random);
        }
    };
  const first = await waitFor("a payload", () => shown);
  assert.equal(first.message, "Hello, world!");
  const second = await waitFor("another", () => shown !== first && shown);
  assert.notEqual(second.num, first.num);
  ws.current.close();
  await waitFor("the close", () => ws.current.readyState === WebSocket.CLOSED);
});
