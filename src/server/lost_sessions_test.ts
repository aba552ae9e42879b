import assert from "node:assert/strict";
import { SharedMetrics } from "../metrics.ts";
import { LostSessions } from "./lost_sessions.ts";

Deno.test("LostSessions.count() counts as broken what the worker had open, and nothing of the others", () => {
  const metrics = new SharedMetrics(2);
  const [gone, other] = [metrics.writer(0), metrics.writer(1)];
  gone.add("connects_echo", 3);
  gone.add("connects_chat", 2);
  gone.add("closes_1000", 1);
  other.add("connects_echo", 7);
  assert.equal(new LostSessions(metrics).count(0), 4);
  assert.equal(metrics.sum("closes_1006"), 4);
  assert.equal(gone.value("closes_1006"), 0, "each row is written by its own isolate alone");
});

Deno.test("LostSessions.count() counts nothing twice, whoever had the row before", () => {
  const metrics = new SharedMetrics(1);
  const lost = new LostSessions(metrics);
  metrics.writer(0).add("connects_echo", 3);
  assert.equal(lost.count(0), 3);
  assert.equal(lost.count(0), 0, "one that did not start");
  metrics.writer(0).add("connects_echo", 2);
  metrics.writer(0).add("closes_1006", 1);
  assert.equal(lost.count(0), 1);
  assert.equal(metrics.sum("closes_1006"), 5);
});

Deno.test("LostSessions.count() makes good for a worker that was gone and counted on", () => {
  const metrics = new SharedMetrics(1);
  const lost = new LostSessions(metrics);
  metrics.writer(0).add("connects_echo", 2);
  assert.equal(lost.count(0), 2);
  metrics.writer(0).add("closes_1000", 1);
  assert.equal(lost.count(0), 0, "no counter falls");
  metrics.writer(0).add("connects_echo", 2);
  assert.equal(lost.count(0), 1);
  assert.equal(metrics.sum("closes_1006") + metrics.sum("closes_1000"), 4);
});
