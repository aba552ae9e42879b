import assert from "node:assert/strict";
import { drainMs, drainPlan } from "./drain_plan.ts";

Deno.test("drainPlan() closes a crowd over seconds, and a few at once", () => {
  assert.equal(drainPlan(10_000, 1).windowMs, 2);
  assert.equal(drainPlan(10_000, 1000).windowMs, 2000);
  assert.equal(drainPlan(10_000, 20_000).windowMs, 5000);
});

Deno.test("drainPlan() leaves time for the rest of the server, whatever the deadline and the crowd", () => {
  for (const deadlineMs of [1000, 10_000, 600_000]) {
    for (const sessions of [0, 1, 1000, 1_000_000]) {
      assert.ok(drainMs(drainPlan(deadlineMs, sessions)) <= deadlineMs * 0.8);
    }
  }
});
