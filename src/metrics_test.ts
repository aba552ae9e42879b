import assert from "node:assert/strict";
import { SharedMetrics } from "./metrics.ts";

Deno.test("SharedMetrics.sum() adds what every worker counted", () => {
  const metrics = new SharedMetrics(2);
  metrics.writer(0).add("connects_echo", 2);
  metrics.writer(1).add("connects_echo", 3);
  assert.equal(metrics.sum("connects_echo"), 5);
  assert.equal(metrics.sum("sockets"), 0);
});

Deno.test("SharedMetrics shares its numbers through the buffer alone", () => {
  const here = new SharedMetrics(1);
  const there = new SharedMetrics(1, here.buffer);
  there.writer(0).add("sockets", 1);
  assert.equal(here.sum("sockets"), 1);
});

Deno.test("SharedMetrics.clearGauges() forgets a worker's gauges and keeps what it counted", () => {
  const metrics = new SharedMetrics(2);
  for (const row of [0, 1]) {
    metrics.writer(row).add("sockets", 1);
    metrics.writer(row).add("connects_echo", 1);
  }
  metrics.clearGauges(0);
  assert.equal(metrics.sum("sockets"), 1);
  assert.equal(metrics.sum("connects_echo"), 2);
});

Deno.test("SharedMetrics.main counts beside the workers, and is no worker", () => {
  const metrics = new SharedMetrics(1);
  metrics.main.add("worker_restarts", 1);
  metrics.writer(0).add("worker_restarts", 1);
  assert.equal(metrics.sum("worker_restarts"), 2);
  assert.deepEqual(metrics.workers.map((worker) => worker.value("worker_restarts")), [1]);
});

Deno.test("MetricWriter.observer() puts each observation into the one bucket that it belongs to", () => {
  const metrics = new SharedMetrics(2);
  const observe = metrics.writer(0).observer("commit_to_send");
  for (const seconds of [0, 0.005, 0.006, 10, 11]) observe(seconds);
  metrics.writer(1).observer("commit_to_send")(99);
  const { counts, sumSeconds } = metrics.histogram("commit_to_send");
  assert.deepEqual(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  assert.equal(sumSeconds, 120.011);
});
