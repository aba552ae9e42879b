import assert from "node:assert/strict";
import { authTest, DESK_TOKEN } from "../support/auth_stage.ts";
import { connect } from "../support/dialogue.ts";
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
    assert.ok(!("limits" in Object(counters)), "sockets are told of counters alone");
    const isolates: Record<string, number>[] = full.isolates;
    assert.deepEqual(isolates.map(({ isolate }) => isolate), ["main", "0", "1"]);
    assert.equal(isolates.reduce((sum, { sessions = 0 }) => sum + sessions, 0), 1);
    assert.ok(isolates.every(({ heap_bytes: bytes = 0 }) => bytes > 1_000_000));
    assert.equal(full.worker_restarts_total, 0);
    assert.ok(full.reads.ok_total > 0 && full.reads.rows_total >= 3);
    assert.ok(full.resident_bytes > 10_000_000);
    assert.equal(full.limits.sessions, 77);
    assert.deepEqual(full.versions, { deno: Deno.version.deno, v8: Deno.version.v8 });
  },
  { MAX_SESSIONS: "77" },
);
