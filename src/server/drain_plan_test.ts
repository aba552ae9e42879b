import assert from "node:assert/strict";
import { readServerConfig } from "../config.ts";
import { drainPlan, WORKERS_SHARE } from "./drain_plan.ts";

Deno.test("drainPlan() closes a crowd over seconds, and a few at once", () => {
  assert.equal(drainPlan(10_000, 1).windowMs, 2);
  assert.equal(drainPlan(10_000, 1000).windowMs, 2000);
  assert.equal(drainPlan(10_000, 20_000).windowMs, 5000);
});

Deno.test("drainPlan() leaves time for a busy worker, whatever the deadline and the crowd", () => {
  for (const deadlineMs of [1000, 10_000, 600_000]) {
    for (const sessions of [0, 1, 1000, 1_000_000]) {
      const { noticeMs, windowMs, graceMs, shutdownMs } = drainPlan(deadlineMs, sessions);
      const longestMs = noticeMs + windowMs + graceMs + shutdownMs;
      assert.ok(longestMs <= deadlineMs * 0.8);
    }
  }
  assert.ok(WORKERS_SHARE > 0.8 && WORKERS_SHARE < 1);
});

Deno.test("drainPlan() gives the proxy of the repository time to notice", async () => {
  const caddyfile = await Deno.readTextFile(new URL("../../Caddyfile", import.meta.url));
  const intervalMs = Number(/health_interval (\d+)ms/.exec(caddyfile)?.[1]);
  const { shutdownDeadlineMs } = readServerConfig(() => undefined);
  assert.ok(intervalMs * 2 <= drainPlan(shutdownDeadlineMs, 1).noticeMs);
});
