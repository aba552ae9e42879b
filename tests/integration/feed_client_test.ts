import assert from "node:assert/strict";
import { FeedClient } from "../../src/client/feed_client.ts";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const LISTEN = { FEED_MODE: "listen" };

Deno.test("FeedClient resumes on a running server with no more than what it missed", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }, { symbol: "B", price: 20 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  const sockets: WebSocket[] = [];
  const client = new FeedClient({
    url: `${server.socketUrl}/ws`,
    subscription: { symbols: "*", history: 5 },
    random: () => 0.999,
    webSocket: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    },
  });
  const resumed: string[] = [];
  const updated: string[] = [];
  let snapshots = 0;
  client.on("resumed", ({ kind }) => resumed.push(kind));
  client.on("snapshot", () => snapshots += 1);
  client.on("update", ({ quotes }) => updated.push(...quotes.map(({ symbol }) => symbol)));
  client.start();
  try {
    await waitFor("the first prices", () => client.quote("B", "test")?.price === 20);
    sockets[0]?.close(4000, "cut by the test");
    await waitFor("the cut", () => client.state.phase === "reconnecting");
    await insertPrices(database.url, [{ symbol: "B", price: 21 }]);
    client.checkNow();
    await waitFor("the missed price", () => client.quote("B", "test")?.price === 21);
    assert.deepEqual(resumed, ["delta"]);
    assert.deepEqual([snapshots, updated], [1, ["B"]]);
    assert.equal(client.quote("A", "test")?.price, 10);
  } finally {
    client.stop();
  }
});

Deno.test("FeedClient takes symbols in and out on a running server", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, ["A", "B", "C"].map((symbol) => ({ symbol, price: 10 })));
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  const client = new FeedClient({
    url: `${server.socketUrl}/ws`,
    subscription: { symbols: ["A"] },
  });
  const symbols = () => [...client.quotes()].map(({ symbol }) => symbol).sort().join();
  client.start();
  try {
    await waitFor("A", () => symbols() === "A" && client.state.phase === "live");
    client.subscribe(["B"]);
    await waitFor("A and B", () => symbols() === "A,B");
    client.unsubscribe(["A"]);
    await insertPrices(database.url, ["A", "B", "C"].map((symbol) => ({ symbol, price: 11 })));
    await waitFor("the change of B", () => client.quote("B", "test")?.price === 11);
    assert.equal(symbols(), "B");
    assert.equal(client.malformedCount, 0);
    assert.equal(typeof (await client.stats()), "object");
  } finally {
    client.stop();
  }
});
