import assert from "node:assert/strict";
import { insert, runFeed, testFeed } from "./feed_contract.ts";
import { waitFor } from "../support/wait_for.ts";

testFeed("poll");
testFeed("listen");

Deno.test({
  name: "Feed in listen mode waits for more prices before it reads, while many are delivered",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const pricesMax = 100;
    await using feed = await runFeed("listen", { sessions: 1_000_000 });
    const startedAtMs = performance.now();
    for (let price = 1; price <= pricesMax; price += 1) await insert(feed.sql, "A", price, price);
    await waitFor("the newest", () => feed.price("A") === pricesMax);
    // One before the window, one per window of 100 ms, and one that the end cuts short.
    const windows = (performance.now() - startedAtMs) / 100;
    assert.ok(feed.deliveries.length <= windows + 2, `${feed.deliveries.length} in ${windows}`);
  },
});
