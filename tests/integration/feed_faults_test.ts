import assert from "node:assert/strict";
import type { FeedMode } from "../../src/config.ts";
import { openPool, type Sql } from "../../src/db/client.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";
import { insert, runFeed, type RunningFeed } from "../contract/feed_contract.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { waitFor } from "../support/wait_for.ts";

/** What `Feed` promises is 2 s, and 0.3 to 1.6 s are measured; the rest is for a busy machine. */
const NOTICE_DEADLINE_MS = 5000;
const RECOVERY_DEADLINE_MS = 20_000;
/** So many dials took 50 ms when the driver did them by itself. */
const DIALS = 20;
const DIALS_MS_MIN = 500;
/** Pools that a mute database makes the feed replace, in the test that counts descriptors. */
const REPLACED_POOLS = 10;
const STORM_ROUNDS = 20;
const MODES: readonly FeedMode[] = ["poll", "listen"];
const LISTENER = "quotewire listener";

/** A feed behind a proxy, and a way to the same database past the proxy. */
interface Rig extends AsyncDisposable {
  readonly feed: RunningFeed;
  readonly proxy: FaultProxy;
  readonly direct: Sql;
}

interface RigOptions {
  readonly pollIntervalMs?: number;
  readonly awaitLive?: boolean;
  /** Applied before the feed starts. */
  readonly prepare?: (proxy: FaultProxy, direct: Sql) => void | Promise<unknown>;
}

async function startRig(mode: FeedMode, options: RigOptions = {}): Promise<Rig> {
  const database = await testDatabase();
  const proxy = await FaultProxy.start(database.url);
  const direct = openDirect(database.url);
  await options.prepare?.(proxy, direct);
  const feed = await runFeed(mode, {
    url: proxy.url,
    ...options,
    prepare: () => Promise.resolve(),
  });
  return {
    feed,
    proxy,
    direct,
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await direct.end({ timeout: 1 });
      await database.close();
    },
  };
}

function openDirect(url: string): Sql {
  return openPool({ url, connectionsMax: 1, applicationName: "quotewire test" });
}

function testInMode(mode: FeedMode, fact: string, run: () => Promise<void>): void {
  Deno.test({
    name: `PostgresFeed in ${mode} mode ${fact}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: run,
  });
}

function statusOf(feed: RunningFeed): FeedStatus["status"] | undefined {
  return feed.statuses.at(-1)?.status;
}

/** Checks that a fault shows in time and that nothing known is lost by it. */
async function strike(
  feed: RunningFeed,
  fault: () => void | Promise<void>,
  expected: readonly FeedStatus["status"][] = ["down", "delayed"],
): Promise<void> {
  const deliveries = feed.deliveries.length;
  const startedAtMs = performance.now();
  await fault();
  const status = await waitFor("the fault to show", () => {
    const current = statusOf(feed);
    return current !== undefined && current !== "live" && current;
  });
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs <= NOTICE_DEADLINE_MS, `the fault showed after ${Math.round(tookMs)} ms`);
  assert.ok(expected.includes(status), `the status is ${status}`);
  assert.equal(feed.deliveries.length, deliveries);
}

/** Waits until the feed is live by itself and has a price. */
async function recover(feed: RunningFeed, symbol: string, price: number): Promise<void> {
  await waitFor(`the price ${price}`, () => feed.price(symbol) === price, RECOVERY_DEADLINE_MS);
  await waitFor(
    "the feed to be live again",
    () => statusOf(feed) === "live",
    RECOVERY_DEADLINE_MS,
  );
}

async function connectionCounts(sql: Sql): Promise<Record<string, number>> {
  const rows = await sql<{ name: string; count: number }[]>`
    SELECT regexp_replace(application_name, ' [0-9a-f]{8}$', '') AS name, count(*)::int AS count
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'quotewire %'
    GROUP BY 1 ORDER BY 1`;
  return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}

/** Waits until the feed holds as many connections as it did before. */
async function countsReturn(sql: Sql, before: Record<string, number>): Promise<void> {
  let now: Record<string, number> = {};
  await waitFor("the connections to go back to their number", async () => {
    now = await connectionCounts(sql);
    return Object.keys(now).every((name) => (now[name] ?? 0) <= (before[name] ?? 0));
  }).catch(() => assert.deepEqual(now, before));
}

async function terminate(sql: Sql, applicationName: string): Promise<number> {
  const rows = await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND application_name LIKE ${applicationName}`;
  return rows.length;
}

for (const mode of MODES) {
  testInMode(mode, "comes back after Postgres was stopped and started", async () => {
    await using cluster = await testCluster();
    await using feed = await runFeed(mode, { url: cluster.url });
    await insert(feed.sql, "A", 1, 100);
    await waitFor("A", () => feed.price("A") === 1);
    await strike(feed, () => cluster.stop(), ["down"]);
    assert.equal(feed.price("A"), 1);
    await cluster.restart();
    await insert(feed.sql, "A", 2, 101);
    await recover(feed, "A", 2);
  });

  testInMode(mode, "comes back after the postmaster was killed", async () => {
    await using cluster = await testCluster();
    await using feed = await runFeed(mode, { url: cluster.url });
    await insert(feed.sql, "A", 1, 100);
    await waitFor("A", () => feed.price("A") === 1);
    await strike(feed, () => cluster.kill());
    assert.equal(feed.price("A"), 1);
    await cluster.restart();
    await insert(feed.sql, "A", 2, 101);
    await recover(feed, "A", 2);
  });

  testInMode(
    mode,
    "delivers on while all its backends are terminated again and again",
    async () => {
      await using rig = await startRig(mode);
      const { feed, direct } = rig;
      const before = await connectionCounts(direct);
      for (let round = 1; round <= 20; round++) {
        assert.ok(
          await terminate(direct, "quotewire feed %") + await terminate(direct, LISTENER) > 0,
        );
        await insert(direct, "A", round, 100 + round);
        await waitFor(`price ${round}`, () => feed.price("A") === round);
      }
      await recover(feed, "A", 20);
      await countsReturn(direct, before);
    },
  );

  testInMode(mode, "finds out about a mute database, and what was written meanwhile", async () => {
    await using rig = await startRig(mode);
    const { feed, direct, proxy } = rig;
    await insert(direct, "A", 1, 100);
    await waitFor("A", () => feed.price("A") === 1);
    const before = await connectionCounts(direct);
    await strike(feed, () => proxy.mute());
    await waitFor("the feed to be down", () => statusOf(feed) === "down");
    await insert(direct, "A", 2, 101);
    assert.equal(feed.price("A"), 1);
    await proxy.restore();
    await recover(feed, "A", 2);
    await countsReturn(direct, before);
  });

  testInMode(mode, "comes back after its connections were reset and refused", async () => {
    await using rig = await startRig(mode);
    const { feed, direct, proxy } = rig;
    const before = await connectionCounts(direct);
    await strike(feed, () => proxy.refuse(), ["down"]);
    await insert(direct, "A", 2, 101);
    await proxy.restore();
    await recover(feed, "A", 2);
    await countsReturn(direct, before);
  });

  testInMode(mode, "starts with a database that accepts and says nothing", async () => {
    await using rig = await startRig(mode, {
      awaitLive: false,
      prepare: (proxy) => proxy.mute(),
    });
    await waitFor("a status", () => statusOf(rig.feed) === "down", NOTICE_DEADLINE_MS);
    await insert(rig.direct, "A", 1, 100);
    await waitFor("several attempts", () => rig.proxy.accepted >= 6);
    await rig.proxy.restore();
    await recover(rig.feed, "A", 1);
    await countsReturn(rig.direct, { "quotewire feed": 2, [LISTENER]: 1, "quotewire test": 1 });
  });

  testInMode(
    mode,
    "starts with a database that hangs up, without dialling all the time",
    async () => {
      // postgres.js dials again without a pause when a connection ends during its startup: 400 times a
      // second, and its query hangs meanwhile.
      await using rig = await startRig(mode, {
        awaitLive: false,
        prepare: (proxy) => proxy.hangUp(),
      });
      await waitFor("a status", () => statusOf(rig.feed) === "down", NOTICE_DEADLINE_MS);
      await insert(rig.direct, "A", 1, 100);
      const { accepted } = rig.proxy;
      const startedAtMs = performance.now();
      await waitFor("further dials", () => rig.proxy.accepted >= accepted + DIALS);
      const tookMs = performance.now() - startedAtMs;
      assert.ok(tookMs > DIALS_MS_MIN, `dialled ${DIALS} times in ${Math.round(tookMs)} ms`);
      await rig.proxy.restore();
      await recover(rig.feed, "A", 1);
      await countsReturn(rig.direct, { "quotewire feed": 2, [LISTENER]: 1, "quotewire test": 1 });
    },
  );
}

testInMode("listen", "delivers what comes while its LISTEN connection is replaced", async () => {
  // The net under the notifications is too slow to be the one that delivers here.
  await using rig = await startRig("listen", { pollIntervalMs: 60_000 });
  const { feed, direct } = rig;
  assert.equal(await terminate(direct, LISTENER), 1);
  await insert(direct, "A", 1, 100);
  await waitFor("A", () => feed.price("A") === 1, 2000);
  await insert(direct, "A", 2, 101);
  await recover(feed, "A", 2);
});

testInMode("listen", "polls while its LISTEN connection is half open, and says so", async () => {
  await using rig = await startRig("listen");
  const { feed, direct, proxy } = rig;
  const before = await connectionCounts(direct);
  await strike(feed, () => proxy.mute(LISTENER), ["delayed"]);
  await insert(direct, "A", 1, 100);
  await waitFor("A", () => feed.price("A") === 1, 2000);
  assert.equal(statusOf(feed), "delayed");
  await proxy.restore();
  await insert(direct, "A", 2, 101);
  await recover(feed, "A", 2);
  await countsReturn(direct, before);
});

testInMode("listen", "polls where the table has lost its trigger, and says so", async () => {
  await using rig = await startRig("listen", {
    awaitLive: false,
    prepare: (_, direct) => direct`DROP TRIGGER quotewire_stock_prices_inserted ON stock_prices`,
  });
  await insert(rig.direct, "A", 1, 100);
  await waitFor("A", () => rig.feed.price("A") === 1);
  await waitFor("the feed to be delayed", () => statusOf(rig.feed) === "delayed");
});

testInMode("listen", "holds no more sockets while its database is mute than before", async () => {
  // Every deadline that passes replaces the pool. The driver ends a socket by asking politely, which a
  // mute peer never answers: the descriptors stayed behind each time.
  await using rig = await startRig("listen");
  const before = await socketsTo(rig.proxy.url);
  const { accepted } = rig.proxy;
  rig.proxy.mute();
  let most = 0;
  await waitFor("many pools to be replaced", async () => {
    most = Math.max(most, await socketsTo(rig.proxy.url));
    return rig.proxy.accepted >= accepted + REPLACED_POOLS;
  }, 60_000);
  assert.ok(most <= 2 * before, `${before} sockets became ${most}`);
  await rig.proxy.restore();
  await waitFor("live", () => statusOf(rig.feed) === "live", RECOVERY_DEADLINE_MS);
  await waitFor("the sockets", async () => await socketsTo(rig.proxy.url) <= before);
});

/** Sockets of this process that were opened to a database and are not closed; as Linux counts them. */
async function socketsTo(databaseUrl: string): Promise<number> {
  const port = Number(new URL(databaseUrl).port).toString(16).toUpperCase().padStart(4, "0");
  const table = await Deno.readTextFile("/proc/self/net/tcp");
  return table.split("\n").slice(1).filter((line) => {
    const [, , remote, , , , , , , inode] = line.trim().split(/\s+/);
    return remote?.endsWith(`:${port}`) && inode !== "0";
  }).length;
}

/** Two servers in one address, of which the second knows nothing of what the first has told. */
async function startPair() {
  const primary = await testCluster();
  const other = await testCluster();
  const first = await FaultProxy.start(primary.url);
  const { username, password } = new URL(primary.url);
  const direct = { primary: openDirect(primary.url), other: openDirect(other.url) };
  await direct.other.unsafe(`ALTER ROLE ${username} PASSWORD '${password}'`);
  const otherPort = new URL(other.url).port;
  return {
    url: first.url.replace(/(:\d+)\//, `$1,127.0.0.1:${otherPort}/`),
    first,
    direct,
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]();
      await Promise.all(Object.values(direct).map((sql) => sql.end({ timeout: 1 })));
      await Promise.all([primary.close(), other.close()]);
    },
  };
}

testInMode("listen", "goes over to another address when the first one turns mute", async () => {
  // The driver dials the first host first, and each pool that a mute one made us replace did so again.
  await using pair = await startPair();
  await insert(pair.direct.primary, "A", 1, 100);
  await using feed = await runFeed("listen", { url: pair.url, prepare: () => Promise.resolve() });
  await waitFor("A", () => feed.price("A") === 1);
  await strike(feed, () => pair.first.mute());
  await insert(pair.direct.other, "A", 2, 101);
  await recover(feed, "A", 2);
  await insert(pair.direct.other, "A", 3, 102);
  await waitFor("the next price", () => feed.price("A") === 3);
});

testInMode("listen", "is not held up by a storm of notifications", async () => {
  await using rig = await startRig("listen");
  const { feed, direct } = rig;
  // Notices of one transaction with the same payload are sent once, hence the numbers.
  for (let round = 1; round <= STORM_ROUNDS; round++) {
    await direct`SELECT pg_notify('quotewire_stock_prices', n::text) FROM generate_series(1, 10000) n`;
    await insert(direct, "A", round, 100 + round);
  }
  await recover(feed, "A", STORM_ROUNDS);
  await insert(direct, "A", 0.5, 1000);
  await waitFor("the price after the storm", () => feed.price("A") === 0.5);
});

for (const [way, days] of [["forwards", 3650], ["backwards", -3650]] as const) {
  testInMode("listen", `goes on while the clock of its machine jumps ${way}`, async () => {
    await using rig = await startRig("listen", { pollIntervalMs: 60_000 });
    const { now } = Date;
    Date.now = () => now() + days * 86_400_000;
    try {
      await insert(rig.direct, "A", 1, Math.floor(now() / 1000));
      await waitFor("A", () => rig.feed.price("A") === 1);
      assert.equal(statusOf(rig.feed), "live");
    } finally {
      Date.now = now;
    }
    await insert(rig.direct, "A", 2, Math.floor(now() / 1000) + 1);
    await recover(rig.feed, "A", 2);
  });
}
