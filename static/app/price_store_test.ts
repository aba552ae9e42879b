/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { TestSight } from "../../tests/support/page_sight.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { PageSight } from "./page_sight.ts";
import { PriceStore } from "./price_store.ts";

Deno.test("PriceStore.health follows connection and feed", async () => {
  await using fixture = new ClientFixture();
  const store = new PriceStore(fixture.client, new PageSight(new TestSight()));
  const session = await fixture.server.next();
  await session.welcome(5, [wireQuote("A", 10, 100)]);
  await fixture.phase("live");
  assert.equal(store.health.value.label, "Checking", "the feed may be anything yet");
  session.heartbeat();
  await waitFor("the feed to be live", () => store.health.value.kind === "live");
  assert.equal(store.isOld.value, false);
  const feed = { status: "down", mode: "poll", age_ms: 3000 } as const;
  session.send({ type: "heartbeat", seq: 5, server_time: Date.now(), feed });
  await waitFor("the feed to be down", () => store.health.value.label === "Feed down");
  assert.equal(store.isOld.value, true);
  session.close(1008, "policy violation");
  await waitFor("the end", () => store.health.value.kind === "over");
});
