import assert from "node:assert/strict";
import {
  answered,
  Database,
  discardPool,
  endPool,
  openPool,
  type Sql,
} from "../../src/db/client.ts";
import { withConnection } from "../../src/db/connection.ts";
import { LeaderLock } from "../../src/db/leader_lock.ts";
import { NotificationListener, sendPulse } from "../../src/db/notifications.ts";
import { DeadlineError } from "../../src/errors.ts";
import { sleep } from "../../src/lifecycle.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

const applicationName = "quotewire test";
const ENDS: readonly (readonly [string, (sql: Sql) => unknown])[] = [
  ["ended", (sql) => endPool(sql, 1)],
  ["discarded", discardPool],
];

/** What of Postgres' protocol a server says that greets and then does nothing more. */
const GREETING = [82, 0, 0, 0, 8, 0, 0, 0, 0, 90, 0, 0, 0, 5, 73];
/** `FATAL`, code 57P03. */
const STARTING_UP = message("E", "SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0");

function message(type: string, text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...new TextEncoder().encode(type), 0, 0, 0, bytes.length + 4, ...bytes];
}

/** A server that answers whatever it is sent first with these bytes, and then hangs up or does nothing. */
function sham(bytes: readonly number[], end: "hangs up" | "hangs"): Disposable & { port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const peers: Deno.Conn[] = [];
  const serve = async () => {
    for await (const peer of listener) {
      peers.push(peer);
      await peer.read(new Uint8Array(1000));
      await peer.write(new Uint8Array(bytes));
      if (end === "hangs up") peer.close();
    }
  };
  // Whoever dials may hang up at any moment, and the listener is closed in the end.
  serve().catch(() => {});
  return {
    port: listener.addr.port,
    [Symbol.dispose]() {
      listener.close();
      if (end === "hangs") { for (const peer of peers) peer.close(); }
    },
  };
}

function withHostBefore(url: string, port: number | string): string {
  return url.replace(/@([^/]+)\//, `@127.0.0.1:${port},$1/`);
}

for (const [what, end] of ENDS) {
  test(`A pool that is soon ${what} by its user leaves the next one the same host`, async () => {
    // A server looks at its database over a connection of a moment when it starts: that it ended so soon
    // was taken for a fault of the first host, and a standby named second was read from the start.
    await using database = await testDatabase();
    await using first = await FaultProxy.start(database.url);
    await using second = await FaultProxy.start(database.url);
    const url = withHostBefore(second.url, new URL(first.url).port);
    for (let pools = 1; pools <= 3; pools++) {
      const sql = openPool({ url, connectionsMax: 1, applicationName });
      await sql`SELECT 1`;
      answered(sql);
      await end(sql);
      await waitFor("the connection to end", () => first.open === 0);
      assert.deepEqual([first.accepted, second.accepted], [pools, 0]);
    }
  });
}

test("A Database whose statements are slow leaves no host that answers others", async () => {
  // Pools that are replaced at each deadline never had an answer: they made the whole process go back and
  // forth between its hosts.
  await using database = await testDatabase();
  await using first = await FaultProxy.start(database.url);
  await using second = await FaultProxy.start(database.url);
  const url = withHostBefore(second.url, new URL(first.url).port);
  const feed = new Database({ url, connectionsMax: 1, applicationName });
  const figures = new Database({ url, connectionsMax: 1, applicationName });
  for (let round = 0; round < 4; round++) {
    const slow = figures.query("sleep", 1000, (sql) => sql`SELECT pg_sleep(5)`);
    const asked = sleep(300).then(() => feed.query("ask", 5000, (sql) => sql`SELECT 1`));
    await assert.rejects(slow, DeadlineError);
    await asked;
  }
  assert.equal(second.accepted, 0);
  await feed.close();
  await figures.close();
});

function ask(database: Database, deadlineMs = 5000) {
  return database.query("ask", deadlineMs, (sql) => sql`SELECT 1`);
}

/** The name of connections that the first host never answers, once it is mute for them. */
const UNHEARD = "quotewire unheard";

/** One server by way of two proxies, which a process takes for two hosts. */
async function startHosts() {
  const database = await testDatabase();
  const first = await FaultProxy.start(database.url);
  const second = await FaultProxy.start(database.url);
  const url = withHostBefore(second.url, new URL(first.url).port);
  const opened: Database[] = [];
  const hosts = {
    url,
    direct: database.url,
    first,
    open(): Database {
      const one = new Database({ url, connectionsMax: 2, applicationName });
      opened.push(one);
      return one;
    },
    /** A new connection that the first host does not answer, while it answers on all others. */
    async dialInVain(): Promise<void> {
      first.mute(UNHEARD);
      const { accepted } = first;
      const pool = openPool({ url, connectionsMax: 1, applicationName: UNHEARD });
      const asked = pool`SELECT 1`.then(() => true, () => false);
      await waitFor("the connection", () => first.accepted > accepted);
      for (const one of opened) await ask(one);
      await endPool(pool, 0);
      assert.equal(await asked, false);
    },
    /** Makes all go over to the second host, by one that needs a new connection. */
    async move(): Promise<void> {
      for (let n = 0; n < 2; n++) await hosts.dialInVain();
      const next = hosts.open();
      await ask(next);
      assert.equal(next.host, 1);
      await first.restore();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((one) => one.close()));
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
      await database.close();
    },
  };
  return hosts;
}

test("Every Database goes where one has to go, and those that are idle at once", async () => {
  // After a failover by silence an idle pool noticed nothing: with the old host back, charts came from its
  // table until the driver replaced the connection for its age, and prices from the other one.
  await using hosts = await startHosts();
  const [feed, charts] = [hosts.open(), hosts.open()];
  await ask(feed);
  await ask(charts);
  assert.deepEqual([feed.host, charts.host], [0, 0]);
  hosts.first.mute();
  const asks = () => ask(feed, 500).then(() => true, () => false);
  await waitFor("an answer", asks);
  assert.deepEqual([feed.host, charts.host], [1, undefined]);
  await hosts.first.restore();
  await waitFor("the old connections to end", () => hosts.first.open === 0);
  await ask(charts);
  assert.deepEqual([feed.host, charts.host], [1, 1]);
});

test("A Database that goes to another host lets its queries end at the one that is left", async () => {
  await using hosts = await startHosts();
  const busy = hosts.open();
  const holder = openPool({ url: hosts.direct, connectionsMax: 1, applicationName });
  await holder`SELECT pg_advisory_lock(1)`;
  const slow = busy.query(
    "wait",
    60_000,
    (sql) => sql`SELECT 'waited' AS word, pg_advisory_xact_lock_shared(1)`,
  );
  // It is awaited below, unless this test fails before.
  slow.catch(() => {});
  // Over a connection beside it.
  await ask(busy);
  await hosts.move();
  await ask(busy);
  assert.equal(busy.host, 1);
  assert.ok(hosts.first.open > 0);
  await holder`SELECT pg_advisory_unlock(1)`;
  assert.equal((await slow)[0]?.word, "waited");
  await waitFor("the old connections to end", () => hosts.first.open === 0);
  await endPool(holder, 1);
});

test("A Database leaves a host that takes no new connections, though others still have old ones", async () => {
  // The answers over the old ones excused it for ever. They are given up when the next host has answered.
  await using hosts = await startHosts();
  const old = hosts.open();
  await ask(old);
  await hosts.dialInVain();
  await hosts.dialInVain();
  await ask(old);
  assert.equal(old.host, 0);
  const next = hosts.open();
  await ask(next);
  assert.deepEqual([old.host, next.host], [undefined, 1]);
  await ask(old);
  assert.equal(old.host, 1);
});

test("A Database leaves no host for one slow connection, while others have their answers", async () => {
  // At load 7 the chat alone was with the second host, minutes after a start: a startup had taken 2 s.
  await using hosts = await startHosts();
  await ask(hosts.open());
  await hosts.dialInVain();
  const next = hosts.open();
  await ask(next);
  assert.equal(next.host, 0);
});

test("The listener and the leader's lock go where the pools go", async () => {
  await using hosts = await startHosts();
  const feed = hosts.open();
  await ask(feed);
  let listening = 0;
  const pulses: string[] = [];
  const listener = new NotificationListener(hosts.url, feed, {
    onPrices: () => {},
    onListening: () => listening += 1,
    onPulse: (nonce) => pulses.push(nonce),
  });
  listener.restart();
  const lock = new LeaderLock(hosts.url, "a");
  assert.notEqual(await lock.take(), undefined);
  await waitFor("the listener", () => listening === 1);
  await hosts.move();
  await waitFor("the old connections to end", () => hosts.first.open === 0);
  await waitFor("the listener", () => listening === 2);
  await feed.query("send a pulse", 5000, (sql) => sendPulse(sql, "after"));
  await waitFor("the pulse", () => pulses.includes("after"));
  assert.equal(await lock.holds(), false);
  await waitFor("the lock", async () => await lock.take() !== undefined);
  assert.equal(hosts.first.open, 0);
  lock.close();
  listener.close();
});

test("A Database that is refused its statements has an answer all the same", async () => {
  await using database = await testDatabase();
  const client = new Database({ url: database.url, connectionsMax: 1, applicationName });
  await assert.rejects(client.query("ask", 5000, (sql) => sql`SELECT * FROM nothing`), /nothing/);
  assert.equal(client.host, 0);
  await client.close();
});

test("A command goes to the next host when the first one is starting up", async () => {
  // That it gave up the connection to the first host was taken for its own wish.
  await using database = await testDatabase();
  using starting = sham(STARTING_UP, "hangs up");
  const url = withHostBefore(database.url, starting.port);
  await withConnection({ url, applicationName }, async (sql) => {
    assert.equal((await sql`SELECT 1 AS one`)[0]?.one, 1);
  });
});

test("A Database goes to the next host when the first one greets and answers nothing", async () => {
  // As a pooler does whose server is gone: a byte was enough to be taken for a host that can be had.
  await using database = await testDatabase();
  using pooler = sham(GREETING, "hangs");
  const url = withHostBefore(database.url, pooler.port);
  const client = new Database({ url, connectionsMax: 2, applicationName });
  const ask = () => client.query("ask", 500, (sql) => sql`SELECT 1`).then(() => true, () => false);
  await waitFor("an answer", ask);
  assert.equal(client.host, 1);
  await client.close();
});

test("A Database goes to the host that can be written to, when that is asked for", async () => {
  await using standby = await testCluster();
  await using primary = await testCluster();
  const { username, password, host } = new URL(primary.url);
  await query(standby.url, async (sql) => {
    await sql.unsafe(`ALTER ROLE ${username} PASSWORD '${password}'`);
    await sql.unsafe("ALTER DATABASE stockdb SET default_transaction_read_only = on");
  });
  const standbyPort = new URL(standby.url).port;
  const url = `${withHostBefore(primary.url, standbyPort)}?target_session_attrs=read-write`;
  const client = new Database({ url, connectionsMax: 4, applicationName });
  const asked = Array.from(
    { length: 4 },
    () => client.query("ask", 5000, (sql) => sql`SELECT current_setting('port') AS port`),
  );
  for (const [row] of await Promise.all(asked)) assert.equal(row?.port, host.split(":")[1]);
  await client.close();
});
