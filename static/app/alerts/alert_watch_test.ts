/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../../tests/support/client_fixture.ts";
import { type ProtocolSession, wireQuote } from "../../../tests/support/protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { AlertKeeper } from "./alert_keeper.ts";
import type { AlertRule } from "./alert_rule.ts";
import { AlertShelf } from "./alert_shelf.ts";
import { AlertWatch } from "./alert_watch.ts";

/** A watch over a server that the test plays, where A stands at 1. */
class Stage implements AsyncDisposable {
  readonly fixture = new ClientFixture();
  readonly shelf = new AlertShelf(undefined);
  readonly keeper = new AlertKeeper(undefined);
  readonly fired: AlertRule[] = [];
  readonly watch: AlertWatch;

  constructor() {
    const { shelf, keeper } = this;
    this.watch = new AlertWatch(
      { client: this.fixture.client, shelf, keeper },
      (rule) => this.fired.push(rule),
    );
  }

  async connect(): Promise<ProtocolSession> {
    const session = await this.fixture.server.next();
    await session.welcome(1, [wireQuote("A", 1, 100)]);
    await this.fixture.phase("live");
    return session;
  }

  async watching(): Promise<void> {
    await waitFor("the watch", () => this.watch.isWatching);
  }

  above(price: number): AlertRule {
    const rule: AlertRule = {
      id: crypto.randomUUID(),
      symbol: "A",
      source: null,
      condition: { kind: "above", price },
      madeAtMs: 0,
      state: { kind: "armed" },
    };
    this.shelf.put(rule);
    return rule;
  }

  /** How what has fired was seen. */
  get sights(): (string | undefined)[] {
    return this.fired.map(({ state }) => state.kind === "fired" ? state.sight : undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
  }
}

Deno.test("AlertWatch fires as it happens, once", async () => {
  await using stage = new Stage();
  stage.above(2);
  const session = await stage.connect();
  session.heartbeat(1);
  await stage.watching();
  session.update(2, [wireQuote("A", 3, 101)]);
  await waitFor("the alert", () => stage.fired.length > 0);
  session.update(3, [wireQuote("A", 4, 102)]);
  await waitFor("the update", () => stage.fixture.client.quote("A", "test")?.price === 4);
  assert.deepEqual(stage.sights, ["live"]);
});

Deno.test("AlertWatch judges nothing before the server has said that its feed works", async () => {
  await using stage = new Stage();
  stage.above(1);
  const session = await stage.connect();
  session.heartbeat(1, "down");
  session.update(2, [wireQuote("A", 3, 101)]);
  await waitFor("the update", () => stage.fixture.client.quote("A", "test")?.price === 3);
  assert.deepEqual(stage.sights, []);
  session.heartbeat(2);
  await waitFor("the alert", () => stage.fired.length > 0);
  assert.deepEqual(stage.sights, ["away"]);
});

Deno.test("AlertWatch says of what a reconnect brought that nobody saw it happen", async () => {
  await using stage = new Stage();
  stage.above(2);
  const session = await stage.connect();
  session.heartbeat(1);
  await stage.watching();
  session.close(1011, "fault");
  const next = await stage.fixture.server.next();
  next.hello();
  next.acknowledge(await next.receive("resume"));
  next.send({ type: "resumed", from: 1, to: 2, kind: "delta" });
  next.update(2, [wireQuote("A", 3, 101)]);
  await waitFor("the update", () => stage.fixture.client.quote("A", "test")?.price === 3);
  assert.deepEqual(stage.sights, [], "not before the feed is known");
  next.heartbeat(2);
  await waitFor("the alert", () => stage.fired.length > 0);
  assert.deepEqual(stage.sights, ["away"]);
});

Deno.test("AlertWatch.consider() fires at once by the prices that there are", async () => {
  await using stage = new Stage();
  const session = await stage.connect();
  session.heartbeat(1);
  await stage.watching();
  stage.watch.consider(stage.above(2));
  assert.deepEqual(stage.sights, []);
  stage.watch.consider(stage.above(0.5));
  assert.deepEqual(stage.sights, ["set"]);
});
