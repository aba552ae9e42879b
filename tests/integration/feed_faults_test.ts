import assert from "node:assert/strict";
import type { FeedMode } from "../../src/config.ts";
import { openPool, type Sql } from "../../src/db/client.ts";
import { insert, runFeed } from "../contract/feed_contract.ts";
import {
  leavesNoDebris,
  NOTICE_DEADLINE_MS,
  RECOVERY_DEADLINE_MS,
} from "../support/fault_promise.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import {
  connectionCounts,
  countsReturn,
  delivery,
  openDirect,
  recover,
  startRig,
  statusOf,
  strike,
  write,
} from "../support/feed_rig.ts";
import { LogRecords } from "../support/log_records.ts";
import { type TestCluster, testCluster, testDatabase } from "../support/postgres.ts";
import { waitFor } from "../support/wait_for.ts";

/** So many dials took 50 ms when the driver did them by itself. */
const DIALS = 20;
const DIALS_MS_MIN = 500;
/** Pools that a mute database makes the feed replace, in the test that counts descriptors. */
const REPLACED_POOLS = 10;
/** Of 10,000 notices each. */
const STORMS = 20;
/** Of all backends. */
const KILLS = 20;
const MODES: readonly FeedMode[] = ["poll", "listen"];
const LISTENER = "quotewire listener";
/** What a feed in listen mode and a test hold. */
const CONNECTIONS = { "quotewire feed": 2, [LISTENER]: 1, "quotewire test": 1 };

function testInMode(mode: FeedMode, fact: string, run: () => Promise<void>): void {
  Deno.test({
    name: `PostgresFeed in ${mode} mode ${fact}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: run,
  });
}

async function terminate(sql: Sql, applicationName: string): Promise<number> {
  const rows = await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND application_name LIKE ${applicationName}`;
  return rows.length;
}

const ENDS: readonly (readonly [string, (cluster: TestCluster) => unknown])[] = [
  ["Postgres was stopped and started", (cluster) => cluster.stop()],
  ["the postmaster was killed", (cluster) => cluster.kill()],
];

/** What befalls a network while the feed runs. */
const NETWORK_FAULTS: readonly (readonly [string, (proxy: FaultProxy) => void])[] = [
  ["finds out about a mute database, and what was written meanwhile", (proxy) => proxy.mute()],
  ["comes back after its connections were reset and refused", (proxy) => proxy.refuse()],
];

for (const mode of MODES) {
  for (const [what, end] of ENDS) {
    testInMode(mode, `comes back after ${what}`, async () => {
      await using cluster = await testCluster();
      await using feed = await runFeed(mode, { url: cluster.url });
      await write(feed.sql, 1);
      await delivery(feed, 1);
      await leavesNoDebris(async (round) => {
        await strike(feed, () => end(cluster));
        assert.equal(feed.price("A"), round);
        await cluster.restart();
        await write(feed.sql, round + 1);
        await recover(feed, round + 1);
      });
    });
  }

  testInMode(
    mode,
    "delivers on while all its backends are terminated again and again",
    async () => {
      await using rig = await startRig(mode);
      const { feed, direct } = rig;
      const before = await connectionCounts(direct);
      await leavesNoDebris(async (round) => {
        for (let price = round * KILLS; price < (round + 1) * KILLS; price++) {
          assert.ok(
            await terminate(direct, "quotewire feed %") + await terminate(direct, LISTENER) > 0,
          );
          await write(direct, price);
          await delivery(feed, price);
        }
        await recover(feed, (round + 1) * KILLS - 1);
        await countsReturn(direct, before);
      });
    },
  );

  for (const [fact, fault] of NETWORK_FAULTS) {
    testInMode(mode, fact, async () => {
      await using rig = await startRig(mode);
      const { feed, direct, proxy } = rig;
      await write(direct, 1);
      await delivery(feed, 1);
      const before = await connectionCounts(direct);
      await leavesNoDebris(async (round) => {
        await strike(feed, () => fault(proxy));
        await write(direct, round + 1);
        assert.equal(feed.price("A"), round);
        await proxy.restore();
        await recover(feed, round + 1);
        await countsReturn(direct, before);
      });
    });
  }

  testInMode(
    mode,
    "starts with a database that accepts and says nothing",
    () =>
      leavesNoDebris(async () => {
        await using rig = await startRig(mode, {
          awaitLive: false,
          prepare: (proxy) => proxy.mute(),
        });
        await waitFor("a status", () => statusOf(rig.feed) === "down", NOTICE_DEADLINE_MS);
        await write(rig.direct, 1);
        await waitFor("several attempts", () => rig.proxy.accepted >= 6);
        await rig.proxy.restore();
        await recover(rig.feed, 1);
        assert.deepEqual(rig.feed.beginnings, rig.feed.deliveries);
        await countsReturn(rig.direct, CONNECTIONS);
      }),
  );

  testInMode(mode, "starts with a database that hangs up, without dialling all the time", () =>
    // postgres.js dials again without a pause when a connection ends during its startup: 400 times a
    // second, and its query hangs meanwhile.
    leavesNoDebris(async () => {
      await using rig = await startRig(mode, {
        awaitLive: false,
        prepare: (proxy) => proxy.hangUp(),
      });
      await waitFor("a status", () => statusOf(rig.feed) === "down", NOTICE_DEADLINE_MS);
      await write(rig.direct, 1);
      const { accepted } = rig.proxy;
      const startedAtMs = performance.now();
      await waitFor("further dials", () => rig.proxy.accepted >= accepted + DIALS);
      const tookMs = performance.now() - startedAtMs;
      assert.ok(tookMs > DIALS_MS_MIN, `dialled ${DIALS} times in ${Math.round(tookMs)} ms`);
      await rig.proxy.restore();
      await recover(rig.feed, 1);
      assert.deepEqual(rig.feed.beginnings, rig.feed.deliveries);
      await countsReturn(rig.direct, CONNECTIONS);
    }));
}

testInMode("listen", "delivers what comes while its LISTEN connection is replaced", async () => {
  // The net under the notifications is too slow to be the one that delivers here.
  await using rig = await startRig("listen", { pollIntervalMs: 60_000 });
  const { feed, direct } = rig;
  await leavesNoDebris(async (round) => {
    assert.equal(await terminate(direct, LISTENER), 1);
    await write(direct, round * 2);
    await delivery(feed, round * 2);
    await write(direct, round * 2 + 1);
    await recover(feed, round * 2 + 1);
  });
});

testInMode("listen", "polls while its LISTEN connection is half open, and says so", async () => {
  await using rig = await startRig("listen");
  const { feed, direct, proxy } = rig;
  const before = await connectionCounts(direct);
  await leavesNoDebris(async (round) => {
    await strike(feed, () => proxy.mute(LISTENER), "delayed");
    await write(direct, round * 2);
    await delivery(feed, round * 2);
    assert.equal(statusOf(feed), "delayed");
    await proxy.restore();
    await write(direct, round * 2 + 1);
    await recover(feed, round * 2 + 1);
    await countsReturn(direct, before);
  });
});

testInMode(
  "listen",
  "polls where the table has lost its trigger, and says so",
  () =>
    leavesNoDebris(async () => {
      await using rig = await startRig("listen", {
        awaitLive: false,
        prepare: (_, direct) =>
          direct`ALTER TABLE stock_prices DISABLE TRIGGER quotewire_stock_prices_inserted`,
      });
      const { feed, direct } = rig;
      await write(direct, 1);
      await delivery(feed, 1);
      await waitFor(
        "the feed to be delayed",
        () => statusOf(feed) === "delayed",
        NOTICE_DEADLINE_MS,
      );
      await direct`ALTER TABLE stock_prices ENABLE TRIGGER quotewire_stock_prices_inserted`;
      await write(direct, 2);
      await recover(feed, 2);
    }),
);

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

/** Two servers in one address, of which neither knows what the other has told. */
async function startPair() {
  const clusters = [await testCluster(), await testCluster()] as const;
  const proxies = [
    await FaultProxy.start(clusters[0].url),
    await FaultProxy.start(clusters[1].url),
  ] as const;
  const direct = [openDirect(clusters[0].url), openDirect(clusters[1].url)] as const;
  const { username, password } = new URL(clusters[0].url);
  await direct[1].unsafe(`ALTER ROLE ${username} PASSWORD '${password}'`);
  return {
    url: proxies[0].url.replace(/(:\d+)\//, `$1,${new URL(proxies[1].url).host}/`),
    proxies,
    direct,
    async [Symbol.asyncDispose]() {
      await Promise.all(direct.map((sql) => sql.end({ timeout: 1 })));
      await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
      await Promise.all(clusters.map((cluster) => cluster.close()));
    },
  };
}

testInMode("listen", "goes over to another address when the first one turns mute", async () => {
  // The driver dials the first host first, and each pool that a mute one made us replace did so again.
  await using pair = await startPair();
  const { proxies, direct } = pair;
  await write(direct[0], 1);
  await using feed = await runFeed("listen", { url: pair.url, prepare: () => Promise.resolve() });
  await delivery(feed, 1);
  await leavesNoDebris(async (round) => {
    const [from, to] = round === 1 ? [0, 1] as const : [1, 0] as const;
    await strike(feed, () => proxies[from].mute());
    await write(direct[to], round * 2);
    await recover(feed, round * 2);
    await proxies[from].restore();
    await write(direct[to], round * 2 + 1);
    await recover(feed, round * 2 + 1);
  });
});

testInMode("listen", "listens to the server that it reads from", async () => {
  // A connection that could not be had for a while went to the next host: the feed read from one server
  // and listened to another for good.
  await using pair = await startPair();
  const { proxies, direct } = pair;
  await using feed = await runFeed("listen", { url: pair.url, prepare: () => Promise.resolve() });
  const { accepted } = proxies[0];
  await strike(feed, () => proxies[0].mute(LISTENER), "delayed");
  await waitFor("several attempts", () => proxies[0].accepted >= accepted + 3);
  await proxies[0].restore();
  await write(direct[0], 1);
  await recover(feed, 1);
  assert.equal(proxies[1].accepted, 0);
});

for (const mode of MODES) {
  testInMode(mode, "delivers what a server has that is behind the one before it", async () => {
    // No read failed on the way to it, so the feed took rows for read whose transactions had lower numbers
    // than those that it had seen on the lost server: they were shown when the symbol's next price came.
    await using pair = await startPair();
    const { proxies, direct } = pair;
    await burnTransactions(direct[0], 500);
    await write(direct[0], 1);
    await using feed = await runFeed(mode, {
      url: pair.url,
      pollIntervalMs: 2000,
      prepare: () => Promise.resolve(),
    });
    await delivery(feed, 1);
    proxies[0].refuse();
    for (let price = 2; price < 6; price++) {
      await write(direct[1], price);
      await delivery(feed, price);
    }
  });
}

/** Makes the server's next transaction have a higher number. */
async function burnTransactions(sql: Sql, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await sql`SELECT pg_current_xact_id()`;
}

testInMode("listen", "reads on over its connections, however old they become", async () => {
  // The driver ends a connection that is 30 to 60 minutes old, which was taken for a sign of another
  // server: each time all newest prices were read and delivered once more.
  await using database = await testDatabase();
  await using records = await LogRecords.keep();
  const url = `${database.url}?max_lifetime=2`;
  await using feed = await runFeed("listen", { url });
  await write(feed.sql, 1);
  await delivery(feed, 1);
  // A pool that is younger and does let its connections be replaced.
  const younger = openPool({ url, connectionsMax: 1, applicationName: "quotewire test" });
  const pidOf = async (sql: Sql) => (await sql`SELECT pg_backend_pid() AS pid`)[0]?.pid;
  const first = await pidOf(younger);
  await waitFor("its connection to be replaced", async () => await pidOf(younger) !== first);
  await write(feed.sql, 2);
  await recover(feed, 2);
  assert.deepEqual(records.of("feed_read_newest"), []);
  await younger.end({ timeout: 1 });
});

testInMode("listen", "is not held up by a storm of notifications", async () => {
  await using rig = await startRig("listen");
  const { feed, direct } = rig;
  await leavesNoDebris(async (round) => {
    // Notices of one transaction with the same payload are sent once, hence the numbers.
    for (let price = round * STORMS; price < (round + 1) * STORMS; price++) {
      await direct`
        SELECT pg_notify('quotewire_stock_prices', n::text) FROM generate_series(1, 10000) n`;
      await write(direct, price);
    }
    await recover(feed, (round + 1) * STORMS - 1);
    await insert(direct, "AFTER", round, round);
    await waitFor("the price after the storm", () => feed.price("AFTER") === round);
  });
});

for (const [way, days] of [["forwards", 3650], ["backwards", -3650]] as const) {
  testInMode("listen", `goes on while the clock of its machine jumps ${way}`, async () => {
    await using rig = await startRig("listen", { pollIntervalMs: 60_000 });
    const { feed, direct } = rig;
    const { now } = Date;
    const write = (price: number) => insert(direct, "A", price, Math.floor(now() / 1000) + price);
    await leavesNoDebris(async (round) => {
      Date.now = () => now() + days * 86_400_000;
      try {
        await write(round * 2);
        await delivery(feed, round * 2);
        assert.equal(statusOf(feed), "live");
      } finally {
        Date.now = now;
      }
      await write(round * 2 + 1);
      await recover(feed, round * 2 + 1);
    });
  });
}
