import assert from "node:assert/strict";
import type { LinkState } from "./link_state.ts";
import { healthOf, type HeardFeed } from "./health.ts";

const LIVE: LinkState = { phase: "live", session: "s" };

function heard(status: HeardFeed["feed"]["status"], ageMs = 0): HeardFeed {
  return { feed: { status, mode: "poll", ageMs }, atMs: 10_000 };
}

Deno.test("healthOf() is live when connection and feed are", () => {
  assert.deepEqual(healthOf(LIVE, heard("live")), {
    kind: "live",
    label: "Live",
    detail: "",
    oldSinceMs: undefined,
    retryAtMs: undefined,
  });
});

Deno.test("healthOf() tells a delayed feed from one that is down", () => {
  const late = healthOf(LIVE, heard("delayed", 3000));
  assert.deepEqual([late.kind, late.label, late.oldSinceMs], ["delayed", "Feed delayed", 7000]);
  const down = healthOf(LIVE, heard("down", 4000));
  assert.deepEqual([down.kind, down.label, down.oldSinceMs], ["old", "Feed down", 6000]);
});

Deno.test("healthOf() forgets what the feed was like when the connection is lost", () => {
  const state: LinkState = { phase: "stale", staleSinceMs: 7 };
  const health = healthOf(state, heard("live"));
  assert.deepEqual([health.kind, health.label, health.oldSinceMs], ["old", "Stale", 7]);
});

Deno.test("healthOf() calls prices old only if there are any", () => {
  const retry = { phase: "reconnecting", attempt: 1, retryAtMs: 9, reason: "gone" } as const;
  const first = healthOf({ ...retry, staleSinceMs: undefined }, undefined);
  const later = healthOf({ ...retry, staleSinceMs: 5 }, undefined);
  assert.deepEqual([first.kind, first.oldSinceMs], ["waiting", undefined]);
  assert.deepEqual([later.kind, later.oldSinceMs], ["old", 5]);
  assert.deepEqual([later.retryAtMs, later.detail], [9, "Not connected: gone."]);
});

Deno.test("healthOf() does not flicker between an attempt and the wait for the next", () => {
  const connecting = healthOf({ phase: "connecting", attempt: 2, staleSinceMs: 5 }, undefined);
  assert.deepEqual([connecting.kind, connecting.label], ["old", "Reconnecting"]);
});

Deno.test("healthOf() repeats why the server sent the client away", () => {
  const closed = healthOf({
    phase: "stopped",
    reason: { kind: "closed", code: 1008, reason: "policy violation" },
    staleSinceMs: undefined,
  }, undefined);
  assert.equal(closed.kind, "over");
  assert.match(closed.detail, /policy violation \(1008\)/);
  const refused = healthOf({
    phase: "stopped",
    reason: { kind: "refused", code: "invalid_subscription", message: "too much" },
    staleSinceMs: 3,
  }, undefined);
  assert.match(refused.detail, /too much \(invalid_subscription\)/);
  assert.equal(refused.oldSinceMs, 3);
});
