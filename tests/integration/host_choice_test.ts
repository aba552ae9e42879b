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

test("A Database leaves a host that takes no new connections, though others still have old ones", async () => {
  // The answers over the old ones excused it for ever.
  await using database = await testDatabase();
  await using first = await FaultProxy.start(database.url);
  const url = withHostBefore(database.url, new URL(first.url).port);
  const old = new Database({ url, connectionsMax: 1, applicationName });
  await old.query("ask", 5000, (sql) => sql`SELECT 1`);
  assert.equal(old.host, 0);
  // New connections alone have this name.
  first.mute("quotewire fresh");
  const fresh = openPool({ url, connectionsMax: 1, applicationName: "quotewire fresh" });
  const asked = fresh`SELECT 1`.then(() => true, () => false);
  for (let n = 0; n < 3; n++) {
    await sleep(100);
    await old.query("ask", 5000, (sql) => sql`SELECT 1`);
  }
  await discardPool(fresh);
  await asked;
  const next = new Database({ url, connectionsMax: 1, applicationName });
  await next.query("ask", 5000, (sql) => sql`SELECT 1`);
  assert.deepEqual([old.host, next.host], [0, 1]);
  await old.close();
  await next.close();
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
