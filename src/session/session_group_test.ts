import assert from "node:assert/strict";
import { type FragileSession, testRegistry as test } from "../../tests/support/registry_stage.ts";
import { LIMITS } from "../../tests/support/session_limits.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
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

/** More than is handed over in one turn of the event loop. */
const PORTION = "x".repeat(256 * 1024);

test("SessionGroup.spread() serves all before anything else is done with one", async ({ client, group }) => {
  await Promise.all([client(), client(), client()]);
  const sessions: FragileSession[] = [];
  let done = 0;
  group.spread((session) => {
    sessions.push(session);
    session.say(PORTION);
  }, () => done += 1);
  assert.deepEqual([sessions.length, done], [1, 0], "the others have their turns later");
  const [first] = sessions;
  assert.ok(first !== undefined);
  let served: number | undefined;
  group.one(first, () => served = sessions.length);
  assert.deepEqual([served, done], [3, 1]);
});

test("SessionGroup.spread() serves everybody in time, and those who join meanwhile not", async ({ client, group }) => {
  const clients = await Promise.all([client(), client(), client()]);
  group.spread((session) => session.say(PORTION));
  clients.push(await client());
  group.each((session) => session.say("next"));
  for (const one of clients) {
    await waitFor("what comes next", () => one.received.at(-1) === "next");
  }
  const handed = clients.map(({ received }) => received.filter((text) => text === PORTION).length);
  assert.deepEqual(handed, [1, 1, 1, 0]);
});

test("SessionRegistry.finish() serves all that are to get something", async ({ client, group, registry }) => {
  await Promise.all([client(), client(), client()]);
  let served = 0;
  group.spread((session) => {
    served += 1;
    session.say(PORTION);
  });
  assert.equal(served, 1);
  registry.finish();
  assert.equal(served, 3);
});
