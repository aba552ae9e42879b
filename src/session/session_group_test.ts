import assert from "node:assert/strict";
import { LIMITS } from "../../tests/support/session_limits.ts";
import { SharedMetrics } from "../metrics.ts";
import { SessionRegistry } from "./registry.ts";
import { SendBuffers } from "./send_buffers.ts";

Deno.test("SessionGroup.beat() leaves the second to groups that have sessions", () => {
  // Empty groups took their shares, so that the heartbeats of a crowd came within a third of the second.
  const metrics = new SharedMetrics(1);
  const counters = metrics.writer(0);
  const buffers = new SendBuffers({ ...LIMITS, bytesMax: 1024, workers: 1, metrics, counters });
  const registry = new SessionRegistry({ limits: LIMITS, metrics, counters, buffers });
  const group = registry.group({ endpoint: "echo" });
  counters.set("outbox_quotes_echo", 3);
  assert.deepEqual(group.beat(), []);
  assert.equal(counters.value("outbox_quotes_echo"), 0, "and nothing waits in it");
  registry.close();
});
