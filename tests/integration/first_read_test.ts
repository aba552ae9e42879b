import assert from "node:assert/strict";
import { FeedClient } from "../../src/client/feed_client.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect, type Dialogue, type Json } from "../support/dialogue.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { processTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

// Clients that connect before a server has read its table for the first time. They were sent an empty
// snapshot and then all that the read found as changes, past prices among them: none had the open of the
// day, so that every change and percentage was wrong, and no later frame said better.

const SYMBOLS = 60;
const DAY_START = 20_000 * 86_400;
/** Of the day, after one of the day before. Together with the symbols more than one batch holds. */
const PRICES_PER_SYMBOL = 110;
const NEWEST_TIMESTAMP = DAY_START + PRICES_PER_SYMBOL - 1;

/** What the table says of each symbol: `Sn` opened at 1000 n, and rose by 1 with each price. */
function expected(): Map<string, { open: number; price: number }> {
  const numbers = Array.from({ length: SYMBOLS }, (_, index) => index + 1);
  return new Map(
    numbers.map((n) => [`S${n}`, { open: 1000 * n, price: 1000 * n + PRICES_PER_SYMBOL - 1 }]),
  );
}

async function fill(databaseUrl: string): Promise<void> {
  await query(databaseUrl, (sql) =>
    sql`INSERT INTO stock_prices (symbol, source, price, timestamp)
      SELECT 'S' || n, 'test', 1000 * n + at, ${DAY_START}::bigint + at
      FROM generate_series(-1, ${
      PRICES_PER_SYMBOL - 1
    }::int) at, generate_series(1, ${SYMBOLS}::int) n`);
}

/** Starts a server that cannot read the table until `meanwhile` is over. */
async function whileUnread(
  databaseUrl: string,
  meanwhile: (server: TestServer) => Promise<void>,
): Promise<TestServer> {
  return await query(databaseUrl, (sql) =>
    sql.begin(async (transaction) => {
      await transaction`LOCK TABLE stock_prices IN ACCESS EXCLUSIVE MODE`;
      const server = await startServer({ databaseUrl, env: { FEED_MODE: "listen" } });
      try {
        await waitFor("the server to wait for the table", async () => {
          const [found] = await transaction`SELECT count(*)::int AS waiting FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'quotewire feed%'
              AND wait_event_type = 'Lock'`;
          return found?.waiting > 0;
        });
        await meanwhile(server);
      } catch (error) {
        await server.close();
        throw error;
      }
      return server;
    }));
}

function quotesOf(frame: Json): Json[] {
  assert.ok(Array.isArray(frame.quotes));
  return frame.quotes;
}

function isLive({ type, feed }: Json): boolean {
  return type === "heartbeat" && JSON.stringify(feed).includes('"live"');
}

/** The frames of one type, those that the client has had so far. */
function framesOf({ received }: Dialogue, type: string): Json[] {
  return received.filter((frame) => frame.type === type);
}

processTest(
  "The v1 feed gives a client that came before the first read a snapshot of it, and no changes",
  async () => {
    await using database = await testDatabase();
    await fill(database.url);
    let client: Dialogue | undefined;
    await using server = await whileUnread(database.url, async ({ socketUrl }) => {
      client = await connect(`${socketUrl}/ws`);
      client.send({ type: "subscribe", id: 1, symbols: "*", history: 3 });
      const snapshot = await client.nextOf("snapshot");
      assert.deepEqual([snapshot.quotes, snapshot.complete], [[], true]);
    });
    assert.ok(client !== undefined);
    await using on = client;
    await on.next("a live feed", isLive);
    const [before, after, ...further] = framesOf(on, "snapshot");
    assert.ok(before !== undefined && after !== undefined);
    assert.deepEqual([framesOf(on, "update"), further], [[], []]);
    assert.notEqual(before.epoch, after.epoch);
    assert.deepEqual(
      new Map(quotesOf(after).map(({ symbol, open, price }) => [symbol, { open, price }])),
      expected(),
    );
    const first = quotesOf(after).find(({ symbol }) => symbol === "S1");
    assert.deepEqual(
      first?.history,
      [2, 1, 0].map((ago) => [NEWEST_TIMESTAMP - ago, 1000 + PRICES_PER_SYMBOL - 1 - ago]),
    );

    // The numbers of all symbols are known by then, and a new one gets the next.
    await insertPrices(database.url, [
      { symbol: "S7", price: 7 },
      { symbol: "NEW", price: 8 },
    ]);
    const update = await on.nextOf("update");
    assert.deepEqual(quotesOf(update).map(({ symbol, price }) => [symbol, price]).sort(), [
      ["NEW", 8],
      ["S7", 7],
    ]);

    // It is the beginning and no loss.
    await waitFor("both workers to have taken it", async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^quotewire_hub_resyncs_total (\d+)$/m.exec(text)?.[1]) >= 4;
    });
    const stats = await (await fetch(`${server.url}/api/stats`)).json();
    assert.deepEqual([stats.hub_gaps_total, stats.epoch], [0, after.epoch]);
    assert.deepEqual(server.lines.filter((line) => line.includes("lost")), []);
  },
);

processTest(
  "The classic feed and the topic stream give clients that came before the first read the newest of each, once",
  async () => {
    await using database = await testDatabase();
    await fill(database.url);
    const clients: Dialogue[] = [];
    await using _server = await whileUnread(database.url, async ({ socketUrl }) => {
      for (const path of ["/", "/events?topics=prices"]) {
        clients.push(await connect(`${socketUrl}${path}`, null));
      }
      await clients[0]?.nextOf("connected");
    });
    await insertPrices(database.url, [{ symbol: "LAST", price: 1 }]);
    const newest = [...expected()].map(([symbol, { price }]) => [symbol, price]);
    for (const client of clients) {
      await using on = client;
      await on.next("what was written last", (frame) => JSON.stringify(frame).includes('"LAST"'));
      const prices = on.received.map(({ symbol, price, payload }) => ({
        symbol,
        price,
        ...Object(payload),
      }))
        .filter(({ symbol }) => symbol !== undefined)
        .map(({ symbol, price }) => [symbol, price]);
      assert.deepEqual(prices.sort(), [...newest, ["LAST", 1]].sort());
    }
  },
);

processTest(
  "FeedClient has every open of the day as soon as a new server's feed is live",
  async () => {
    await using database = await testDatabase();
    await fill(database.url);
    let client: FeedClient | undefined;
    const heard: [status: string, quotes: number][] = [];
    await using _server = await whileUnread(database.url, async ({ socketUrl }) => {
      const started = new FeedClient({ url: `${socketUrl}/ws`, subscription: { symbols: "*" } });
      started.on(
        "heartbeat",
        ({ feed }) => heard.push([feed.status, [...started.quotes()].length]),
      );
      client = started;
      started.start();
      await waitFor("the empty snapshot", () => started.state.phase === "live");
    });
    try {
      await waitFor("a live feed", () => heard.some(([status]) => status === "live"));
      const early = heard.filter(([status, quotes]) => status !== "down" && quotes !== SYMBOLS);
      assert.deepEqual(early, []);
      const quotes = [...client?.quotes() ?? []];
      assert.deepEqual(
        new Map(quotes.map(({ symbol, open, price }) => [symbol, { open, price }])),
        expected(),
      );
    } finally {
      client?.stop();
    }
  },
);
