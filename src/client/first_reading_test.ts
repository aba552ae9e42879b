import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { FirstReading } from "./first_reading.ts";

Deno.test("FirstReading asks once, when a feed comes up that was down from the first word on", () => {
  const reading = new FirstReading();
  reading.begin();
  assert.deepEqual((["down", "down", "delayed", "live"] as const).map((s) => reading.hear(s)), [
    false,
    false,
    true,
    false,
  ]);
  assert.equal(reading.judge("live"), "down");
  reading.settle();
  assert.equal(reading.judge("live"), "live");
});

Deno.test("FirstReading does not ask after an outage: the server has kept what it had read", () => {
  const reading = new FirstReading();
  reading.begin();
  for (const status of ["live", "down", "live"] as const) {
    assert.equal(reading.hear(status), false);
    assert.equal(reading.judge(status), status);
  }
});

Deno.test("FeedClient has the day's open after a server that had yet to read its table", async () => {
  // The first price that such a server sent was taken for the day's open: 2,000 changes were wrong.
  await using fixture = new ClientFixture();
  const heard: string[] = [];
  fixture.client.on("heartbeat", ({ feed }) => heard.push(feed.status));
  const session = await fixture.server.next();
  await session.welcome(0, []);
  await fixture.phase("live");
  session.heartbeat(0, "down");
  session.update(1, [wireQuote("A", 12, 100)]);
  session.heartbeat(1, "live");
  const asked = await session.receive("subscribe");
  assert.equal(fixture.client.quote("A", "test")?.open, 12);
  session.heartbeat(1, "live");
  session.acknowledge(asked);
  session.snapshot(1, [wireQuote("A", 12, 100, { open: 10 })]);
  session.heartbeat(1, "live");
  await waitFor("the feed to count as live", () => heard.at(-1) === "live");
  assert.equal(fixture.client.quote("A", "test")?.open, 10);
  assert.deepEqual(heard, ["down", "down", "down", "live"]);
});
