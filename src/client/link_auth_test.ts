import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { FeedClient } from "./feed_client.ts";

// As in link_test.ts, a link is seen through the client that it serves, over real sockets.

const { unauthenticated, expired } = CLOSE_CODES;

/** A function that counts up: "token-1", "token-2". */
function counting() {
  let count = 0;
  return () => {
    count += 1;
    return Promise.resolve(`token-${count}`);
  };
}

Deno.test("Link offers a token beside the subprotocols, a fresh one for each connection", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, token: counting() });
  const first = await fixture.server.next();
  await first.welcome(5, []);
  await fixture.phase("live");
  first.close(1011, "server fault");
  await fixture.phase("reconnecting");
  clock.advance(0);
  await fixture.server.next();
  assert.deepEqual(fixture.server.offers, [
    ["quotewire.v1.json", "quotewire.bearer.token-1"],
    ["quotewire.v1.json", "quotewire.bearer.token-2"],
  ]);
});

Deno.test("Link tries one fresh token after 1008, and then stops", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, token: counting() });
  for (const _ of [1, 2]) {
    (await fixture.server.next()).close(unauthenticated.code, unauthenticated.reason);
    await waitFor("the client to hear it", () => fixture.client.state.phase !== "connecting");
    clock.advance(0);
  }
  const { reason } = await fixture.phase("stopped");
  assert.deepEqual(reason, { kind: "closed", code: 1008, reason: unauthenticated.reason });
  assert.equal(fixture.server.attempts, 2);
});

Deno.test("Link may try a fresh token again once a connection has proven itself", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, token: counting() });
  for (const _ of [1, 2, 3]) {
    const session = await fixture.server.next();
    session.hello();
    session.heartbeat();
    await session.receive("subscribe");
    session.close(expired.code, expired.reason);
    await fixture.phase("reconnecting");
    clock.advance(0);
  }
});

Deno.test("Link stops at once after 1008 where its token is always the same", async () => {
  await using fixture = new ClientFixture({ token: "always-the-same" });
  (await fixture.server.next()).close(unauthenticated.code, unauthenticated.reason);
  await fixture.phase("stopped");
  assert.equal(fixture.server.attempts, 1);
});

Deno.test("Link takes a handshake that is answered with 401 for 1008", async () => {
  await using fixture = new ClientFixture({ clock: new FakeClock(), token: "refused" });
  fixture.server.refuseWith = 401;
  const { reason } = await fixture.phase("stopped");
  assert.deepEqual(reason, { kind: "closed", code: 1008, reason: unauthenticated.reason });
});

Deno.test("Link says why it has no token, and asks again later", async () => {
  const clock = new FakeClock();
  const token = () => Promise.reject(new Error("the door is shut"));
  await using fixture = new ClientFixture({ clock, token });
  const { reason } = await fixture.phase("reconnecting");
  assert.equal(reason, "Cannot get a token: the door is shut");
  assert.equal(fixture.server.attempts, 0);
});

Deno.test("Link gives up on a token that does not come within 10 s", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({
    clock,
    random: () => 0.5,
    token: () => new Promise(() => {}),
  });
  clock.advance(9999);
  assert.equal(fixture.client.state.phase, "connecting");
  clock.advance(1);
  const { reason } = await fixture.phase("reconnecting");
  assert.equal(reason, "Cannot get a token: must come within 10000 ms");
});

Deno.test("Link that is stopped while a token is fetched does not connect with it", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  await using fixture = new ClientFixture({ token: () => promise });
  fixture.client.stop();
  resolve("too-late");
  for (let turn = 0; turn < 10; turn += 1) await promise;
  assert.equal(fixture.client.state.phase, "stopped");
});

Deno.test("Link renews before its token expires, each time, on the same connection", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, token: counting() });
  const session = await fixture.server.next();
  session.hello({ heartbeatMs: 60_000, auth: { subject: "ada", expires_in_ms: 60_000 } });
  await session.receive("subscribe");
  session.snapshot(1, []);
  await fixture.phase("live");
  clock.advance(29_999);
  clock.advance(1);
  assert.equal((await session.receive("auth")).token, "token-2");
  const answered = new Promise<void>((resolve) => fixture.client.on("heartbeat", () => resolve()));
  session.send({ type: "auth", subject: "ada", expires_in_ms: 20_000 });
  session.heartbeat();
  await answered;
  clock.advance(10_000);
  assert.equal((await session.receive("auth")).token, "token-3");
  assert.equal(fixture.server.attempts, 1);
});

Deno.test("FeedClient refuses a token that cannot be carried, and does not show it", () => {
  for (const token of ["", "a b", "a,b", "tökén", "x".repeat(8193)]) {
    assert.throws(
      () => new FeedClient({ url: "ws://127.0.0.1/ws", subscription: { symbols: "*" }, token }),
      (error) => error instanceof RangeError && (token === "" || !error.message.includes(token)),
    );
  }
});

Deno.test("FeedClient subscribes anew, and forgets what it may not see, when another token allows other symbols", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, token: counting() });
  const first = await fixture.server.next();
  await first.welcome(5, [wireQuote("A", 1, 100), wireQuote("B", 1, 100)]);
  await fixture.phase("live");
  first.close(1011, "server fault");
  await fixture.phase("reconnecting");
  clock.advance(0);
  const second = await fixture.server.next();
  second.hello();
  const { id } = await second.receive("resume");
  const subscription = { symbols: ["A", "C"], sources: "*" as const, history: 0, max_rate_ms: 0 };
  second.send({ type: "ack", id, subscription });
  second.send({ type: "resumed", from: 5, to: 9, kind: "delta" });
  const asked = await second.receive("subscribe");
  assert.equal(fixture.client.state.phase, "connecting");
  assert.equal(fixture.client.quote("B", "test"), undefined);
  second.send({ type: "ack", id: asked.id, subscription });
  second.snapshot(9, [wireQuote("A", 1, 100), wireQuote("C", 1, 50)]);
  await fixture.phase("live");
  assert.deepEqual([...fixture.client.quotes()].map(({ symbol }) => symbol), ["A", "C"]);
});

Deno.test("Link tells the function that gets its token when the token is of no use any more", async () => {
  const clock = new FakeClock();
  const signals: AbortSignal[] = [];
  const token = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string>(() => {});
  };
  await using fixture = new ClientFixture({ clock, token });
  clock.advance(10_000);
  clock.advance(0);
  await waitFor("the second attempt", () => signals.length === 2);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false]);
  fixture.client.stop();
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true]);
});
