import assert from "node:assert/strict";
import { someServerStats } from "../../tests/support/server_stats.ts";
import { ratesBetween } from "./stats_rates.ts";

const BEFORE = someServerStats();

Deno.test("ratesBetween() divides differences by the time that has passed on the server", () => {
  const [traffic] = BEFORE.traffic;
  assert.ok(traffic);
  const now = someServerStats({
    uptime_ms: BEFORE.uptime_ms + 2000,
    updates_delivered_total: 700,
    updates_conflated_total: 10,
    connects_total: 5,
    reads: { ok_total: 60, failed_total: 1, rows_total: 140, duration_ms_total: 80 },
    traffic: [traffic, { ...traffic, sent_bytes_total: 21_000 }],
    isolates: BEFORE.isolates.map((one) => ({ ...one, cpu_ms_total: 2000 })),
  });
  const rates = ratesBetween({ ...BEFORE, traffic: [traffic, traffic] }, now);
  assert.equal(rates?.delivered, 100);
  assert.equal(rates?.conflated, 5);
  assert.equal(rates?.connects, 1);
  assert.equal(rates?.reads, 5);
  assert.equal(rates?.failedReads, 0.5);
  assert.equal(rates?.rows, 20);
  assert.equal(rates?.readMs, 2);
  assert.equal(rates?.sentBytes, 500);
  assert.deepEqual(rates?.cpuShares, [0.5, 0.5]);
});

Deno.test("ratesBetween() has none over a restart, and none within one moment", () => {
  assert.equal(ratesBetween(BEFORE, BEFORE), undefined);
  // The new process may be older by now than the one before was when it was asked last.
  const restarted = someServerStats({ process: "another", uptime_ms: BEFORE.uptime_ms + 5000 });
  assert.equal(ratesBetween(BEFORE, restarted), undefined);
});

Deno.test("ratesBetween() has none between two servers, though the one has counted more", () => {
  // A proxy that chooses for each request: what grew between the two was taken for what had happened.
  const other = someServerStats({
    process: "another",
    uptime_ms: BEFORE.uptime_ms + 2000,
    connects_total: 5000,
    reads: { ok_total: 9000, failed_total: 0, rows_total: 90_000, duration_ms_total: 9000 },
  });
  assert.equal(ratesBetween(BEFORE, other), undefined);
});

Deno.test("ratesBetween() tells within which bounds batches were sent", () => {
  const delayOf = (counts_total: number[]) =>
    ratesBetween(
      BEFORE,
      someServerStats({
        uptime_ms: BEFORE.uptime_ms + 1000,
        commit_to_send: { bounds_ms: [5, 10], counts_total },
      }),
    )?.delay;
  assert.equal(delayOf([10, 0, 0]), undefined);
  assert.deepEqual(delayOf([210, 1, 0]), { halfMs: 5, mostMs: 5 });
  assert.deepEqual(delayOf([20, 10, 0]), { halfMs: 5, mostMs: 10 });
  assert.deepEqual(delayOf([10, 1, 9]), { halfMs: Infinity, mostMs: Infinity });
});
