import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { SESSION_SERVICES } from "../../src/metric_names.ts";
import { authTest, DESK_TOKEN } from "../support/auth_stage.ts";
import { connect } from "../support/dialogue.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { processTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

authTest(
  "/api/stats tells of every isolate, the reads, the limits and the versions",
  async ({ ask, server }) => {
    const read = async () => await (await ask("/api/stats", DESK_TOKEN)).json();
    await using client = await connect(`${server.socketUrl}/ws`, [
      "quotewire.v1.json",
      `quotewire.bearer.${DESK_TOKEN}`,
    ]);
    client.send({ type: "stats", id: 1 });
    const { stats: counters } = await client.nextOf("stats");
    const full = await waitFor("both workers", async () => {
      const stats = await read();
      return stats.workers_reporting === 2 ? stats : undefined;
    });
    for (const name of Object.keys(Object(counters))) assert.ok(name in full, name);
    assert.match(full.process, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.ok(!("limits" in Object(counters)), "sockets are told of counters alone");
    const isolates: Record<string, number>[] = full.isolates;
    assert.deepEqual(isolates.map(({ isolate }) => isolate), ["main", "0", "1"]);
    assert.equal(isolates.reduce((sum, { sessions = 0 }) => sum + sessions, 0), 1);
    assert.ok(isolates.every(({ heap_bytes: bytes = 0 }) => bytes > 1_000_000));
    assert.ok(isolates.every(({ reporting }) => reporting));
    assert.equal(full.worker_restarts_total, 0);
    assert.deepEqual(
      full.sessions.map(({ endpoint, protocol }: Record<string, string>) => ({
        endpoint,
        protocol,
      })),
      Object.values(SESSION_SERVICES),
    );
    const open = full.sessions.filter(({ open }: { open: number }) => open > 0);
    assert.deepEqual(open, [
      { endpoint: "feed", protocol: "quotewire.v1.json", open: 1, connects_total: 1 },
    ]);
    const [feed] = full.traffic;
    assert.equal(feed.endpoint, "feed");
    assert.ok(feed.sent_bytes_total > feed.sent_frames_total && feed.received_frames_total >= 1);
    assert.equal(full.commit_to_send.counts_total.length, full.commit_to_send.bounds_ms.length + 1);
    assert.ok(full.reads.duration_ms_total > 0);
    assert.ok(full.reads.ok_total > 0 && full.reads.rows_total >= 3);
    assert.ok(full.resident_bytes > 10_000_000);
    assert.equal(full.limits.sessions, 77);
    assert.ok(full.limits.memory_bytes > full.resident_bytes);
    const { deno, v8 } = Deno.version;
    assert.deepEqual(full.versions, { quotewire: project.version, deno, v8 });
  },
  { MAX_SESSIONS: "77" },
);

processTest("/api/stats tells of the database without waiting for it", async () => {
  await using database = await testDatabase();
  await using proxy = await FaultProxy.start(database.url);
  await using server = await startServer({
    databaseUrl: proxy.url,
    env: { FEED_MODE: "listen", LOG_LEVEL: "error" },
  });
  const read = async () =>
    (await (await fetch(`${server.url}/api/stats`, { signal: AbortSignal.timeout(5000) })).json())
      .database;
  const well = await waitFor("the database's figures", async () => {
    const stats = await read();
    return stats.reachable ? stats : undefined;
  }, RECOVERY_DEADLINE_MS);
  assert.match(well.version, /^\d+\.\d+$/);
  assert.ok(well.bytes > 0 && well.connections.own >= 2);
  assert.ok(well.connections.own <= well.connections.all);
  proxy.mute();
  const away = await waitFor("the silence to be told", async () => {
    const stats = await read();
    return stats.reachable ? undefined : stats;
  }, RECOVERY_DEADLINE_MS);
  assert.equal(away.version, well.version);
  assert.ok(away.answered_ago_ms > 0);
  await proxy.restore();
  await waitFor("the answer", async () => (await read()).reachable, RECOVERY_DEADLINE_MS);
});
