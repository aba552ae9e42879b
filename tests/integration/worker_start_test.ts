import assert from "node:assert/strict";
import { SetupError } from "../../src/errors.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import { LIFELINE_LIMITS } from "../../src/server/lifeline.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";
import { freePort } from "../support/free_port.ts";
import { lonelyDesk } from "../support/lonely_desk.ts";
import { aPoolConfig } from "../support/pool_config.ts";

Deno.test({
  name: "A server whose workers do not start says so, and what to do",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // On a machine with a load of 27 it ended with an uncaught error and a stack of its own source.
    const hub = new HubPublisher("poll");
    const desk = lonelyDesk();
    const pool = new WorkerPool(
      aPoolConfig({ port: freePort() }),
      { hub, desk, metrics: new SharedMetrics(1) },
      new URL("../support/idle_worker.ts", import.meta.url),
      { ...LIFELINE_LIMITS, startDeadlineMs: 50 },
    );
    try {
      await assert.rejects(pool.start(), (error: Error) => {
        assert.ok(error instanceof SetupError);
        assert.match(error.message, /^Cannot start worker 0: .* 50 ms, .*WORKERS/);
        return true;
      });
    } finally {
      await pool.close();
      await desk.close();
      hub.close();
    }
  },
});
