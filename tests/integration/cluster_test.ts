import assert from "node:assert/strict";
import { insertPrices } from "../support/dashboard.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { figure, scrape } from "../support/prometheus_text.ts";
import { query } from "../support/query.ts";
import { type Position, RawWitness } from "../support/raw_witness.ts";
import type { TestServer } from "../support/server.ts";
import { roleOf, ServerCluster } from "../support/server_cluster.ts";
import { waitFor } from "../support/wait_for.ts";

// Real servers on one database, with BACKBONE set to a real NATS between them, which the tests of this file share. Each
// leaves them as it found them: one leads, and the others follow.

let shared: ServerCluster | undefined;
let price = 10;

Deno.test.beforeAll(async () => {
  shared = await ServerCluster.start(3, [{ symbol: "A", price }, { symbol: "B", price }]);
});
Deno.test.afterAll(async () => {
  await shared?.[Symbol.asyncDispose]();
});

function clusterTest(name: string, run: (cluster: ServerCluster) => Promise<void>): void {
  const fn = async () => {
    assert.ok(shared !== undefined);
    await run(shared);
  };
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

/** Writes a price of A that is higher than all before it. */
async function write({ database }: ServerCluster): Promise<number> {
  price += 1;
  await insertPrices(database.url, [{ symbol: "A", price }]);
  return price;
}

/** Writes one price after the other until the block ends. */
function keepWriting(cluster: ServerCluster): AsyncDisposable {
  let ended = false;
  const writing = (async () => {
    while (!ended) await write(cluster);
  })();
  return {
    async [Symbol.asyncDispose]() {
      ended = true;
      await writing;
    },
  };
}

async function watchAll(
  servers: readonly TestServer[],
): Promise<AsyncDisposable & { witnesses: readonly RawWitness[] }> {
  const witnesses = await Promise.all(servers.map((server) => RawWitness.subscribe(server)));
  return {
    witnesses,
    async [Symbol.asyncDispose]() {
      await Promise.all(witnesses.map((witness) => witness[Symbol.asyncDispose]()));
    },
  };
}

async function allShow(witnesses: readonly RawWitness[], wanted: number): Promise<void> {
  await waitFor(
    () => `all to show ${wanted}, and not ${witnesses.map((one) => one.price("A"))}`,
    () => witnesses.every((one) => one.price("A") === wanted),
    RECOVERY_DEADLINE_MS,
  );
}

/** Waits until all witnesses are at one position, and returns that. */
async function onePosition(witnesses: readonly RawWitness[]): Promise<Position> {
  const positions = () => witnesses.map(({ position }) => JSON.stringify(position));
  await waitFor(
    () => `one position, and not ${positions()}`,
    () => new Set(positions()).size === 1,
    RECOVERY_DEADLINE_MS,
  );
  const [{ position } = {}] = witnesses;
  assert.ok(position !== undefined);
  return position;
}

/** How often servers have read the table, and how often they have missed a batch. */
async function countsOf(servers: readonly TestServer[]): Promise<number[][]> {
  return await Promise.all(servers.map(async ({ url }) => {
    const { families } = await scrape(url);
    return [
      figure(families, "quotewire_feed_reads_total", { result: "ok" }),
      figure(families, "quotewire_backbone_gaps_total"),
    ];
  }));
}

clusterTest(
  "Of several servers one reads the database, and all hand out its numbers",
  async (cluster) => {
    const leader = await cluster.settled(cluster.servers);
    const followers = cluster.servers.filter((one) => one !== leader);
    await using watched = await watchAll(cluster.servers);
    const before = await countsOf(followers);
    for (let count = 0; count < 10; count += 1) {
      await allShow(
        watched.witnesses,
        await write(cluster),
      );
    }
    await onePosition(watched.witnesses);
    assert.deepEqual(await countsOf(followers), before);
    const names = await query(
      cluster.database.url,
      (sql) =>
        sql`SELECT regexp_replace(application_name, ' [0-9a-f]{8}$', '') AS name
      FROM pg_stat_activity WHERE datname = current_database()`,
    );
    const count = (name: string) => names.filter((row) => row.name === name).length;
    assert.equal(count("quotewire listener"), 1);
    assert.ok(count("quotewire feed") <= 2, "of one server");
    assert.equal(count("quotewire leader"), cluster.servers.length);
  },
);

clusterTest(
  "A client that is moved to another server goes on with what it has missed",
  async (cluster) => {
    const [first, second] = cluster.servers;
    assert.ok(first !== undefined && second !== undefined);
    const before = await RawWitness.subscribe(first);
    await allShow([before], price);
    const { position } = before;
    await before[Symbol.asyncDispose]();
    assert.ok(position !== undefined);
    const missed = await write(cluster);
    const [after, answer] = await RawWitness.resume(second, position);
    await using _after = after;
    await allShow([after], missed);
    assert.equal(answer.kind, "delta");
    assert.deepEqual([...new Set(after.updated)], ["A"]);
  },
);

clusterTest(
  "After the leader was killed another one leads, and no price goes back",
  async (cluster) => {
    const leader = await cluster.settled(cluster.servers);
    const rest = cluster.servers.filter((one) => one !== leader);
    await using watched = await watchAll(rest);
    const { witnesses } = watched;
    await allShow(witnesses, price);
    {
      await using _writing = keepWriting(cluster);
      await leader.kill();
      const later = price + 1;
      await waitFor(
        "prices from after the kill",
        () => witnesses.every((one) => (one.price("A") ?? 0) >= later),
        RECOVERY_DEADLINE_MS,
      );
      await cluster.settled(rest);
    }
    await allShow(witnesses, price);
    await onePosition(witnesses);
    assert.deepEqual(witnesses.flatMap((one) => one.relapses("A")), []);
    await leader.restart();
    await cluster.settled(cluster.servers);
  },
);

clusterTest(
  "Prices go on while NATS is away, and the servers find together again",
  async (cluster) => {
    await cluster.settled(cluster.servers);
    await using watched = await watchAll(cluster.servers);
    const { witnesses } = watched;
    {
      await using _writing = keepWriting(cluster);
      await cluster.nats.kill();
      await waitFor(
        "every server to read by itself",
        async () =>
          (await Promise.all(cluster.servers.map(roleOf))).every((one) => one === "alone"),
        RECOVERY_DEADLINE_MS,
      );
      const later = price + 1;
      await waitFor(
        "prices without NATS",
        () => witnesses.every((one) => (one.price("A") ?? 0) >= later),
        RECOVERY_DEADLINE_MS,
      );
      await cluster.nats.restart();
      await cluster.settled(cluster.servers);
    }
    await allShow(witnesses, price);
    await onePosition(witnesses);
    assert.deepEqual(witnesses.flatMap((one) => one.relapses("A")), []);
  },
);

clusterTest(
  "A leader that hangs is told of as delayed, and does without until it goes on",
  async (cluster) => {
    const leader = await cluster.settled(cluster.servers);
    const rest = cluster.servers.filter((one) => one !== leader);
    await using watched = await watchAll(rest);
    const { witnesses } = watched;
    await waitFor("live prices", () => witnesses.every((one) => one.statuses.at(-1) === "live"));
    Deno.kill(leader.pid, "SIGSTOP");
    try {
      const late = await write(cluster);
      await allShow(witnesses, late);
      assert.deepEqual(witnesses.map((one) => one.statusBefore(late)), ["delayed", "delayed"]);
    } finally {
      Deno.kill(leader.pid, "SIGCONT");
    }
    await cluster.settled(cluster.servers);
    await allShow(witnesses, price);
  },
);
