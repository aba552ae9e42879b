import assert from "node:assert/strict";
import { insertPrices } from "../support/dashboard.ts";
import { query } from "../support/query.ts";
import type { TestServer } from "../support/server.ts";
import { serverTest as test } from "../support/server_stage.ts";
import { manyPrices } from "../support/shared_stage.ts";
import { UnreadRequests } from "../support/unread_requests.ts";
import { waitFor } from "../support/wait_for.ts";

const [GREEDY, OTHER] = ["203.0.113.1", "203.0.113.2"];
/** One worker counts all; the addresses are those that a proxy states. */
const ONE_WORKER = { WORKERS: "1", TRUSTED_PROXIES: "127.0.0.1", FEED_MODE: "listen" };
const PLACES_OF_ONE = 16;
const PLACES = 64;
const CANDLE_PLACES_OF_ONE = 8;
const WAIT_MS = 30_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function ask({ url }: TestServer, path: string, address: string): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, { headers: { "x-forwarded-for": address } });
  return { status: answer.status, body: await answer.text() };
}

test(
  "One address has its share of the places for candles, and another finds room",
  async ({ database, server }) => {
    // One address could hold all 32 places, and everybody else was told that the server is busy.
    const candles = (limit: number, address: string) =>
      ask(server, `/api/candles?symbol=A&interval=1s&limit=${limit}`, address);
    await waitFor("candles", async () => (await candles(1, OTHER)).status === 200, WAIT_MS);
    const there: Answer[] = [];
    const greedy: Promise<Answer>[] = [];
    let other: Promise<Answer> | undefined;
    await query(database.url, (sql) =>
      sql.begin(async (held) => {
        await held`lock table stock_prices in access exclusive mode`;
        for (let limit = 11; limit <= 50; limit += 1) {
          const asked = candles(limit, GREEDY);
          // One that fails is for who waits for it below.
          asked.then((answer) => there.push(answer), () => {});
          greedy.push(asked);
        }
        const rest = greedy.length - CANDLE_PLACES_OF_ONE;
        await waitFor("the rest to be refused", () => there.length >= rest, WAIT_MS);
        other = candles(51, OTHER);
      }));
    const { status: ofOther } = await (other ?? assert.fail("nobody else has asked"));
    const statuses = (await Promise.all(greedy)).map(({ status }) => status).toSorted();
    const [share, rest] = [CANDLE_PLACES_OF_ONE, greedy.length - CANDLE_PLACES_OF_ONE];
    assert.deepEqual(statuses, [...new Array(share).fill(200), ...new Array(rest).fill(503)]);
    for (const { status, body } of there) {
      if (status !== 200) assert.equal(JSON.parse(body).error, "busy");
    }
    assert.equal(ofOther, 200);
  },
  ONE_WORKER,
);

test(
  "Answers that nobody reads take so many places, and one address its share of them",
  async ({ server }) => {
    // Over HTTP/2 one connection could ask without end, and each unread answer was a copy of its own.
    {
      using client = new UnreadRequests(server.url);
      const statuses = async (count: number, address: string) => {
        const all = Array.from({ length: count }, () => client.ask("/api/stats", address));
        return (await Promise.all(all)).map(({ status }) => status).toSorted();
      };
      const taken = new Array(PLACES_OF_ONE).fill(200);
      assert.deepEqual(await statuses(PLACES_OF_ONE + 2, GREEDY), [...taken, 503, 503]);
      assert.equal((await client.ask("/api/stats", GREEDY)).retryAfter, "1");
      for (let count = 1; count < PLACES / PLACES_OF_ONE; count += 1) {
        assert.deepEqual(await statuses(PLACES_OF_ONE, `198.51.100.${count}`), taken);
      }
      for (const path of ["/api/prices", "/api/stats", "/metrics", "/api/history?symbol=A"]) {
        assert.equal((await ask(server, path, OTHER)).status, 503, path);
      }
      assert.equal((await ask(server, "/healthz", OTHER)).status, 200);
    }
    await waitFor("the places of a client that is gone", async () => {
      return (await ask(server, "/api/prices", OTHER)).status === 200;
    });
    await server.says(/as many answers are open as may be/);
  },
  ONE_WORKER,
);

test(
  "An answer of which nothing is taken gives up its place at the deadline",
  async ({ server }) => {
    using client = new UnreadRequests(server.url);
    for (let count = 0; count < PLACES_OF_ONE; count += 1) {
      assert.equal((await client.ask("/api/stats", GREEDY)).status, 200);
    }
    assert.equal((await client.ask("/api/stats", GREEDY)).status, 503);
    await waitFor("the places", async () => {
      return (await ask(server, "/api/prices", GREEDY)).status === 200;
    }, WAIT_MS);
  },
  { ...ONE_WORKER, SLOW_CLIENT_DEADLINE_MS: "1000" },
);

test(
  "A large book is answered whole to many at once, and by sources and symbols alike",
  async ({ database, server }) => {
    const prices = manyPrices(4000);
    await insertPrices(database.url, prices.map((price) => ({ ...price, source: "x" })));
    await insertPrices(database.url, prices.map((price) => ({ ...price, source: "ü" })));
    const pairs = async (path: string) => {
      const { quotes } = JSON.parse((await ask(server, path, OTHER)).body);
      return quotes.map(({ symbol, source, price }: Record<string, unknown>) =>
        `${symbol} ${source} ${price}`
      ).toSorted();
    };
    await waitFor("the prices", async () => (await pairs("/api/prices")).length === 8000, WAIT_MS);
    const all = prices.flatMap(({ symbol, price }) =>
      ["x", "ü"].map((source) => `${symbol} ${source} ${price}`)
    ).toSorted();
    const answers = await Promise.all(Array.from({ length: 8 }, () => pairs("/api/prices")));
    for (const answer of answers) assert.deepEqual(answer, all);
    const ofSource = all.filter((pair) => pair.includes(" ü "));
    assert.deepEqual(
      await pairs(`/api/prices?sources=${encodeURIComponent("ü,none,ü")}`),
      ofSource,
    );
    assert.deepEqual(await pairs(`/api/prices?sources=${encodeURIComponent("ü,x")}`), all);
    assert.deepEqual(await pairs("/api/prices?sources=none"), []);
    const some = prices.slice(0, 2000).map(({ symbol }) => symbol);
    const ofSome = all.filter((pair) => some.some((symbol) => pair.startsWith(`${symbol} `)));
    assert.deepEqual(await pairs(`/api/prices?symbols=${some}`), ofSome);
  },
  { WORKERS: "1", FEED_MODE: "listen" },
);
