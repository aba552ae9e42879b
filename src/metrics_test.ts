import assert from "node:assert/strict";
import { SharedMetrics } from "./metrics.ts";

Deno.test("SharedMetrics.sum() adds what every worker counted", () => {
  const metrics = new SharedMetrics(2);
  metrics.writer(0).add("connects_total", 2);
  metrics.writer(1).add("connects_total", 3);
  assert.equal(metrics.sum("connects_total"), 5);
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
    metrics.writer(row).add("connects_total", 1);
  }
  metrics.clearGauges(0);
  assert.equal(metrics.sum("sockets"), 1);
  assert.equal(metrics.sum("connects_total"), 2);
});
