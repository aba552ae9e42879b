/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../../tests/support/client_fixture.ts";
import { type ProtocolSession, wireQuote } from "../../../tests/support/protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { Freshness } from "./freshness.ts";

async function connect(fixture: ClientFixture): Promise<[Freshness, ProtocolSession]> {
  const freshness = new Freshness(fixture.client);
  const session = await fixture.server.next();
  await session.welcome(1, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  return [freshness, session];
}

async function isSoon(freshness: Freshness, label: string): Promise<void> {
  await waitFor(label, () => freshness.health.value.label === label);
}

/** A wall clock that a test sets. */
class WallClock implements Disposable {
  readonly #real = Date.now;

  set(aheadMs: number): void {
    Date.now = () => this.#real() + aheadMs;
  }

  [Symbol.dispose](): void {
    Date.now = this.#real;
  }
}

Deno.test("Freshness.health is live when the server has said that its feed is, and not before", async () => {
  await using fixture = new ClientFixture();
  const [freshness, session] = await connect(fixture);
  assert.deepEqual(
    [freshness.health.value.kind, freshness.health.value.label],
    ["waiting", "Checking"],
  );
  session.heartbeat(1);
  await isSoon(freshness, "Live");
  assert.equal(freshness.feed?.mode, "poll");
});

Deno.test("Freshness.health is old by the page's own clock, whatever the connection believes", async () => {
  using wallClock = new WallClock();
  await using fixture = new ClientFixture();
  const [freshness, session] = await connect(fixture);
  session.heartbeat(1);
  await isSoon(freshness, "Live");
  for (const aheadMs of [3_600_000, -3_600_000]) {
    wallClock.set(aheadMs);
    freshness.tick();
    const { kind, label, oldSinceMs } = freshness.health.value;
    assert.deepEqual([kind, label], ["old", "Checking"]);
    assert.ok(oldSinceMs !== undefined);
    session.heartbeat(1);
    await isSoon(freshness, "Live");
    wallClock.set(0);
    freshness.tick();
    session.heartbeat(1);
    await isSoon(freshness, "Live");
  }
});

Deno.test("Freshness.health is old from the moment at which the page is put away", async () => {
  await using fixture = new ClientFixture();
  const [freshness, session] = await connect(fixture);
  session.heartbeat(1);
  await isSoon(freshness, "Live");
  const page = { window: new EventTarget(), document: new EventTarget() };
  const stop = freshness.start(page);
  page.window.dispatchEvent(new Event("pagehide"));
  assert.deepEqual([freshness.health.value.kind, freshness.health.value.label], ["old", "Paused"]);
  page.window.dispatchEvent(new Event("pageshow"));
  assert.equal(freshness.health.value.label, "Paused", "until the server is heard");
  session.heartbeat(1);
  await isSoon(freshness, "Live");
  stop();
});

Deno.test("Freshness.health keeps prices old after a reconnect until the feed is known", async () => {
  await using fixture = new ClientFixture();
  const [freshness, session] = await connect(fixture);
  session.heartbeat(1);
  await isSoon(freshness, "Live");
  session.close(1011, "fault");
  const next = await fixture.server.next();
  next.hello();
  const asked = await next.receive("resume");
  next.acknowledge(asked);
  next.send({ type: "resumed", from: 1, to: 1, kind: "delta" });
  await isSoon(freshness, "Checking");
  assert.equal(freshness.health.value.kind, "old");
  next.heartbeat(1);
  await isSoon(freshness, "Live");
});
