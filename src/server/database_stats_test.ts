import assert from "node:assert/strict";
import { SharedMetrics } from "../metrics.ts";
import { databaseStats } from "./database_stats.ts";

const NOW_MS = 1_795_233_361_000;

Deno.test("databaseStats() knows nothing before the database has answered", () => {
  assert.deepEqual(databaseStats(new SharedMetrics(1).main, NOW_MS), {
    reachable: false,
    answered_ago_ms: null,
    version: null,
    rows_estimate: null,
    bytes: null,
    newest_age_ms: null,
    connections: { own: null, all: null, max: null },
  });
});

Deno.test("databaseStats() goes on with the last answer, and says how old it is", () => {
  const { main } = new SharedMetrics(1);
  main.set("db_reachable", 0);
  main.set("db_answered_at_ms", NOW_MS - 7000);
  main.set("db_version", 180_004);
  main.set("db_bytes", 8192);
  main.set("db_newest_age_ms", 2000);
  const stats = databaseStats(main, NOW_MS);
  assert.equal(stats.reachable, false);
  assert.equal(stats.answered_ago_ms, 7000);
  assert.equal(stats.version, "18.4");
  assert.equal(stats.newest_age_ms, 2000);
  assert.equal(stats.bytes, 8192);
});

Deno.test("databaseStats() says null of what the database does not know, and never below 0", () => {
  const { main } = new SharedMetrics(1);
  main.set("db_answered_at_ms", NOW_MS + 50);
  main.set("db_rows", NaN);
  main.set("db_newest_age_ms", NaN);
  const stats = databaseStats(main, NOW_MS);
  assert.equal(stats.answered_ago_ms, 0);
  assert.equal(stats.rows_estimate, null);
  assert.equal(stats.newest_age_ms, null);
});
