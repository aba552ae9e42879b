import assert from "node:assert/strict";
import { FeedClient } from "../../src/client/feed_client.ts";
import type { Sql } from "../../src/db/client.ts";
import { sleep } from "../../src/lifecycle.ts";
import { insert } from "../contract/feed_contract.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import {
  leavesNoDebris,
  NOTICE_DEADLINE_MS,
  RECOVERY_DEADLINE_MS,
} from "../support/fault_promise.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { openDirect } from "../support/feed_rig.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const CLIENTS = 200;
const SYMBOLS = 50;
const LOAD_INTERVAL_MS = 200;
/** What can befall the way to the database, and what clients may be told meanwhile. */
const FAULTS: readonly {
  readonly name: string;
  readonly strike: (proxy: FaultProxy, direct: Sql) => unknown;
  readonly told: readonly string[];
}[] = [
  { name: "mute", strike: (proxy) => proxy.mute(), told: ["delayed", "down"] },
  { name: "refusing", strike: (proxy) => proxy.refuse(), told: ["down"] },
  { name: "hanging up", strike: (proxy) => proxy.hangUp(), told: ["down"] },
  {
    name: "mute for the listener alone",
    strike: (proxy) => proxy.mute("quotewire listener"),
    told: ["delayed"],
  },
];

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

function feedStatus({ received }: Dialogue): unknown {
  return Object(received.findLast(({ type }) => type === "heartbeat")?.feed).status;
}

function hasPrice({ received }: Dialogue, price: number): boolean {
  return received.some(({ quotes }) =>
    Array.isArray(quotes) && quotes.some((quote) => quote.price === price)
  );
}

async function subscribed(server: TestServer): Promise<Dialogue> {
  const client = await connect(`${server.socketUrl}/ws`);
  client.send({ type: "subscribe", id: 1, symbols: "*" });
  await client.nextOf("snapshot");
  return client;
}

test("A server tells its clients of every fault of its database, and is as before after it", async () => {
  await using database = await testDatabase();
  await using proxy = await FaultProxy.start(database.url);
  await using server = await startServer({
    databaseUrl: proxy.url,
    env: { FEED_MODE: "listen", LOG_LEVEL: "error" },
  });
  const direct = openDirect(database.url);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => subscribed(server)));
  const all = (holds: (client: Dialogue) => boolean) => () => clients.every(holds);
  await waitFor("a live feed", all((client) => feedStatus(client) === "live"));
  let price = 0;
  await leavesNoDebris(async () => {
    for (const { name, strike, told } of FAULTS) {
      await strike(proxy, direct);
      await waitFor(
        `all to be told of a database that is ${name}`,
        all((client) => told.includes(String(feedStatus(client)))),
        NOTICE_DEADLINE_MS,
      );
      price += 1;
      await insert(direct, "A", price, price);
      await proxy.restore();
      const newest = price;
      await waitFor(
        `price ${price}`,
        all((client) => hasPrice(client, newest)),
        RECOVERY_DEADLINE_MS,
      );
      await waitFor(
        "a live feed",
        all((client) => feedStatus(client) === "live"),
        RECOVERY_DEADLINE_MS,
      );
    }
  }, () => server.pid);
  assert.ok(clients.every(({ closed }) => closed === undefined), "nobody lost the connection");
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await direct.end({ timeout: 1 });
});

/** Writes prices of all symbols until told to stop; they ascend. */
async function load(sql: Sql, signal: AbortSignal): Promise<void> {
  for (let round = 1; !signal.aborted; round += 1) {
    await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT 'S' || n, ${round}, 'x', ${round} FROM generate_series(1, ${SYMBOLS}) n`;
    await sleep(LOAD_INTERVAL_MS, signal);
  }
}

/** A client that comes back by itself, and the times at which a price went back: there must be none. */
function watcher(server: TestServer): { client: FeedClient; backwards: number[] } {
  const client = new FeedClient({ url: `${server.socketUrl}/ws`, subscription: { symbols: "*" } });
  const backwards: number[] = [];
  const newest = new Map<string, number>();
  const look = ({ quotes }: { quotes: readonly { symbol: string; timestamp: number }[] }) => {
    for (const { symbol, timestamp } of quotes) {
      if (timestamp < (newest.get(symbol) ?? 0)) backwards.push(timestamp);
      newest.set(symbol, timestamp);
    }
  };
  client.on("update", look);
  client.on("snapshot", look);
  client.start();
  return { client, backwards };
}

/** What ends the whole process, and what it leaves on the way. */
const ENDS: readonly {
  readonly name: string;
  readonly signal: Deno.Signal;
  readonly exitCode: number;
  readonly lastWords: RegExp;
}[] = [
  { name: "is killed", signal: "SIGKILL", exitCode: 137, lastWords: /Dashboard: / },
  {
    name: "ends itself because its workers hang for good",
    signal: "SIGUSR1",
    exitCode: 1,
    lastWords: /Cannot go on serving: worker \d hangs, .* Start the server again\./,
  },
  {
    name: "is aborted because its workers exhaust their heaps",
    signal: "SIGUSR2",
    exitCode: 133,
    lastWords: /Fatal JavaScript out of memory/,
  },
];

for (const { name, signal, exitCode, lastWords } of ENDS) {
  test(`Clients of a server that ${name} under load end with the table's newest prices`, async () => {
    await using database = await testDatabase();
    await using server = await startServer({
      databaseUrl: database.url,
      env: { FEED_MODE: "listen", LOG_LEVEL: "error", SHUTDOWN_DEADLINE_MS: "1000" },
      preload: "faulty_workers.ts",
    });
    const sql = openDirect(database.url);
    const stop = new AbortController();
    const loading = load(sql, stop.signal);
    const watchers = Array.from({ length: CLIENTS }, () => watcher(server));
    const all = (holds: (client: FeedClient) => boolean) => () =>
      watchers.every(({ client }) => holds(client));
    const isLive = ({ state }: FeedClient) => state.phase === "live";
    const isServed = all((client) => isLive(client) && client.quote("S1", "x") !== undefined);
    try {
      await waitFor("prices at all", isServed, RECOVERY_DEADLINE_MS);
      await leavesNoDebris(async () => {
        Deno.kill(server.pid, signal);
        await waitFor("all to notice", all((client) => !isLive(client)), NOTICE_DEADLINE_MS);
        assert.equal(await server.exit(), exitCode);
        await server.says(lastWords);
        await server.restart();
        await waitFor("all to be back", isServed, RECOVERY_DEADLINE_MS);
      }, () => server.pid);
      stop.abort();
      await loading;
      const [row] = await sql`SELECT max(price) AS newest FROM stock_prices`;
      await waitFor(
        "the newest price of each symbol at all",
        all((client) =>
          Array.from({ length: SYMBOLS }, (_, n) => client.quote(`S${n + 1}`, "x")?.price)
            .every((price) => price === row?.newest)
        ),
        RECOVERY_DEADLINE_MS,
      );
      assert.deepEqual(watchers.flatMap(({ backwards }) => backwards), []);
    } finally {
      stop.abort();
      await loading;
      for (const { client } of watchers) client.stop();
      await sql.end({ timeout: 1 });
    }
  });
}
