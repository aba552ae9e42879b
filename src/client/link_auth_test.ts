import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { FeedClient } from "./feed_client.ts";
import type { TokenSource } from "./token_keeper.ts";

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

/** Says no more of a handshake that fails than browsers do, or Deno over TLS. */
class MuteSocket extends WebSocket {
  override dispatchEvent(event: Event): boolean {
    return super.dispatchEvent(event instanceof ErrorEvent ? new Event("error") : event);
  }
}

/** A client with one token, after a handshake that was refused without a reason that it could see. */
async function refusedOnce(clock: FakeClock, token: TokenSource) {
  const fixture = new ClientFixture({ clock, token, webSocket: MuteSocket });
  fixture.server.refuseWith = 401;
  await fixture.phase("reconnecting");
  fixture.server.refuseWith = undefined;
  return fixture;
}

Deno.test("Link shows its token in a message where a handshake failed without a reason, and stops when that is refused", async () => {
  const clock = new FakeClock();
  await using fixture = await refusedOnce(clock, "refused");
  clock.advance(0);
  const session = await fixture.server.next();
  assert.equal((await session.receive("auth")).token, "refused");
  session.close(unauthenticated.code, unauthenticated.reason);
  const { reason } = await fixture.phase("stopped");
  assert.deepEqual(reason, { kind: "closed", code: 1008, reason: unauthenticated.reason });
  assert.deepEqual(fixture.server.offers, [
    ["quotewire.v1.json", "quotewire.bearer.refused"],
    ["quotewire.v1.json"],
  ]);
});

Deno.test("Link goes on with a token that is good in a message, and the next handshake brings it again", async () => {
  const clock = new FakeClock();
  await using fixture = await refusedOnce(clock, "good");
  clock.advance(0);
  const session = await fixture.server.next();
  assert.equal((await session.receive("auth")).token, "good");
  await session.welcome(5, []);
  await fixture.phase("live");
  session.close(1011, "server fault");
  await fixture.phase("reconnecting");
  clock.advance(0);
  await fixture.server.next();
  assert.deepEqual(fixture.server.offers.at(-1), ["quotewire.v1.json", "quotewire.bearer.good"]);
});

Deno.test("Link takes turns with handshake and message while the server is away, and never stops", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, token: "good", webSocket: MuteSocket });
  fixture.server.refuseWith = 503;
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await waitFor("the attempt", () => {
      const { state } = fixture.client;
      return state.phase === "reconnecting" && state.attempt === attempt;
    });
    clock.advance(0);
  }
  await waitFor("the fifth", () => fixture.server.offers.length === 5);
  assert.deepEqual(fixture.server.offers.map(({ length }) => length), [2, 1, 2, 1, 2]);
});

Deno.test("Link does not take a token for refused that may have come too late", async () => {
  // A server closes with 1008 as well when no token has come within 5 s, as on a line that stands still.
  const clock = new FakeClock();
  await using fixture = await refusedOnce(clock, "good");
  clock.advance(0);
  const session = await fixture.server.next();
  await session.receive("auth");
  clock.advance(5000);
  session.close(unauthenticated.code, unauthenticated.reason);
  const { reason } = await fixture.phase("reconnecting");
  assert.match(reason, /^Cannot show the token: must be there within 5000 ms, was refused after/);
});

Deno.test("Link leaves its token in the handshake where that is answered with something else than 401", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock, token: "good" });
  fixture.server.refuseWith = 503;
  await fixture.phase("reconnecting");
  clock.advance(0);
  await waitFor("the second", () => fixture.server.offers.length === 2);
  assert.deepEqual(fixture.server.offers[1], ["quotewire.v1.json", "quotewire.bearer.good"]);
});

Deno.test("Link shows tickets in handshakes alone", async () => {
  const clock = new FakeClock();
  await using fixture = await refusedOnce(clock, () => Promise.resolve("qwt_once"));
  clock.advance(0);
  await fixture.server.next();
  assert.deepEqual(fixture.server.offers[1], ["quotewire.v1.json", "quotewire.bearer.qwt_once"]);
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
