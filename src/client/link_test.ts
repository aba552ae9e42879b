import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { RawWebSocket, SilentListener } from "../../tests/support/raw_websocket.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { PRICE_PROTOCOL_JSON } from "../session/protocol.ts";
import { FeedClient } from "./feed_client.ts";

// A link is seen here through the client that it serves, over real sockets.

for (const [code, text] of [[1008, "policy violation"], [1009, "message too big"]] as const) {
  Deno.test(`Link stops, and says why, when the server closes with ${code}`, async () => {
    await using fixture = new ClientFixture();
    const session = await fixture.server.next();
    await session.welcome(5, []);
    session.close(code, text);
    const state = await fixture.phase("stopped");
    assert.deepEqual(state.reason, { kind: "closed", code, reason: text });
    assert.ok(state.staleSinceMs);
    assert.equal(fixture.server.attempts, 1);
  });
}

Deno.test("Link keeps trying, with jitter, while upgrades are refused", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, random: () => 0.5 });
  fixture.server.refuseWith = 503;
  const delaysMs: number[] = [];
  for (let attempt = 1; attempt <= 4; attempt++) {
    const { retryAtMs } = await waitFor(`attempt ${attempt}`, () => {
      const { state } = fixture.client;
      return state.phase === "reconnecting" && state.attempt === attempt && state;
    });
    delaysMs.push(retryAtMs - clock.nowMs());
    clock.advance(retryAtMs - clock.nowMs());
  }
  assert.deepEqual(delaysMs, [250, 500, 1000, 2000]);
});

Deno.test("Link starts with short waits again only after a connection has proven itself", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, random: () => 0.5 });
  const attempts: number[] = [];
  for (const proves of [false, false, true]) {
    const session = await fixture.server.next();
    session.hello();
    await session.receive("subscribe");
    if (proves) session.heartbeat();
    session.close(1011, "server fault");
    const { attempt, retryAtMs } = await fixture.phase("reconnecting");
    attempts.push(attempt);
    clock.advance(retryAtMs - clock.nowMs());
  }
  assert.deepEqual(attempts, [1, 2, 1]);
});

Deno.test("Link stays away as long as the closing server asked", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, random: () => 0.5 });
  const session = await fixture.server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  session.send({ type: "closing", reason: "deploy", reconnect_after_ms: 4000 });
  session.close(1001, "server going away");
  const { retryAtMs, reason } = await fixture.phase("reconnecting");
  assert.equal(retryAtMs - clock.nowMs(), 4250);
  assert.equal(reason, "server going away");
});

Deno.test("Link stays away as long as asked although the server spoke on before it closed", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, random: () => 0.5 });
  const session = await fixture.server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  session.send({ type: "closing", reason: "deploy", reconnect_after_ms: 4000 });
  session.heartbeat();
  session.close(1001, "server going away");
  const { retryAtMs } = await fixture.phase("reconnecting");
  assert.equal(retryAtMs - clock.nowMs(), 4250);
});

Deno.test("Link forgets what a server asked when it is stopped and started again", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, random: () => 0.5 });
  const { client, server } = fixture;
  const first = await server.next();
  await first.welcome(5, []);
  first.send({ type: "closing", reason: "deploy", reconnect_after_ms: 4000 });
  first.send({ type: "update", seq: 6, quotes: [wireQuote("A", 1, 100)] });
  await waitFor("the word before the last", () => client.quote("A", "test") !== undefined);
  client.stop();
  client.start();
  (await server.next()).close(1011, "server fault");
  const { retryAtMs } = await fixture.phase("reconnecting");
  assert.equal(retryAtMs - clock.nowMs(), 250);
});

Deno.test("Link says why there is no connection when nobody listens on the port", async () => {
  const client = new FeedClient({
    url: `ws://127.0.0.1:${freePort()}/ws`,
    subscription: { symbols: "*" },
  });
  client.start();
  const reason = await waitFor(
    "the reason",
    () => client.state.phase === "reconnecting" && client.state.reason,
  );
  client.stop();
  assert.match(reason, /connect/);
});

Deno.test("Link gives up a mute connection at once and comes back", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, random: () => 0.5 });
  const { server, states } = fixture;
  const first = await server.next();
  await first.welcome(5, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  const liveAtMs = clock.nowMs();
  clock.advance(2500);
  const [stale, reconnecting] = states.slice(-2);
  assert.deepEqual(stale, { phase: "stale", staleSinceMs: liveAtMs });
  assert.equal(
    reconnecting?.phase === "reconnecting" && reconnecting.reason,
    "nothing heard for 2.5 s",
  );
  clock.advance(250);
  const second = await server.next();
  second.hello();
  await second.receive("resume");
});

Deno.test("Link ends an attempt that gets no answer within 10 s", async () => {
  await using silent = disposable(new SilentListener());
  const clock = new FakeClock();
  const client = new FeedClient({ url: silent.url, subscription: { symbols: "*" }, clock });
  client.start();
  await waitFor("the connection", () => silent.accepted > 0);
  clock.advance(9999);
  assert.equal(client.state.phase, "connecting");
  clock.advance(1);
  assert.equal(client.state.phase, "reconnecting");
  client.stop();
});

Deno.test("Link ends a connection on which the snapshot never comes", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, random: () => 0.5 });
  const session = await fixture.server.next();
  session.hello({ heartbeatMs: 60_000 });
  await session.receive("subscribe");
  clock.advance(10_000);
  const { reason } = await fixture.phase("reconnecting");
  assert.equal(reason, "Cannot subscribe: must end within 10000 ms");
});

Deno.test("Link does not take a server that speaks something else for a price feed", async () => {
  await using fixture = new ClientFixture({ clock: new FakeClock() });
  fixture.server.speaksProtocol = false;
  const { reason } = await fixture.phase("reconnecting");
  assert.match(reason, /must answer quotewire.v1.json, answered no subprotocol/);
});

Deno.test("Link survives a connection that dies in the middle of a frame", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const client = new FeedClient({
    url: `ws://127.0.0.1:${listener.addr.port}/ws`,
    subscription: { symbols: "*" },
    random: () => 0,
  });
  client.start();
  const first = await RawWebSocket.accept(listener, PRICE_PROTOCOL_JSON);
  const quotes = [wireQuote("A", 1, 100)];
  await first.dieWithin({ type: "snapshot", epoch: "e", seq: 1, quotes, complete: true });
  const second = await RawWebSocket.accept(listener, PRICE_PROTOCOL_JSON);
  await second.send({ type: "snapshot", epoch: "e", seq: 2, quotes, complete: true });
  await waitFor("the price", () => client.quote("A", "test")?.price === 1);
  client.stop();
  second.cut();
});

for (const name of ["visibilitychange", "pageshow", "online"]) {
  Deno.test(`Link checks at once on ${name} whether it slept through the connection's end`, async () => {
    const clock = new FakeClock();
    const wakeSource = new EventTarget();
    await using fixture = new ClientFixture({ clock, wakeSource });
    const session = await fixture.server.next();
    await session.welcome(5, []);
    await fixture.phase("live");
    clock.sleep(3_600_000);
    wakeSource.dispatchEvent(new Event(name));
    assert.equal(fixture.client.state.phase, "reconnecting");
    wakeSource.dispatchEvent(new Event(name));
    assert.equal(fixture.client.state.phase, "connecting");
  });
}

function disposable<T extends { close(): Promise<void> }>(resource: T): T & AsyncDisposable {
  return Object.assign(resource, { [Symbol.asyncDispose]: () => resource.close() });
}

Deno.test("Link stops when its signal is aborted, and does not start again", async () => {
  const controller = new AbortController();
  await using fixture = new ClientFixture({ signal: controller.signal });
  await fixture.server.next();
  controller.abort();
  const { reason } = await fixture.phase("stopped");
  assert.deepEqual(reason, { kind: "asked" });
  fixture.client.start();
  assert.equal(fixture.client.state.phase, "stopped");
});

Deno.test("FeedClient.stop() waits for the goodbye that an aborted signal has begun", async () => {
  // The signal's stop told nobody when it was done, and the next had nothing to do: a program that awaited it
  // was gone before its close frame.
  let answerClose = () => {};
  class SlowSocket extends WebSocket {
    override close(): void {
      answerClose = () => super.close();
    }
  }
  const controller = new AbortController();
  await using fixture = new ClientFixture({ signal: controller.signal, webSocket: SlowSocket });
  await fixture.server.next();
  controller.abort();
  let isOver = false;
  const stopped = fixture.client.stop().then(() => isOver = true);
  await fixture.phase("stopped");
  assert.equal(isOver, false);
  answerClose();
  await stopped;
});
