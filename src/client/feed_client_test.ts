import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";

Deno.test("FeedClient goes live with what it subscribed to", async () => {
  await using fixture = new ClientFixture({
    subscription: { symbols: ["A"], history: 2, maxRateMs: 50 },
  });
  const { client, server, states } = fixture;
  const session = await server.next();
  const asked = await session.welcome(5, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  assert.deepEqual([asked.symbols, asked.history, asked.max_rate_ms], [["A"], 2, 50]);
  assert.equal(client.quote("A", "test")?.price, 1);
  assert.deepEqual(states.map(({ phase }) => phase), ["connecting", "live"]);
});

Deno.test("FeedClient tells of each change, and of how much was conflated", async () => {
  await using fixture = new ClientFixture();
  const { client, server } = fixture;
  const changes: [string, number][] = [];
  client.on("update", ({ quotes }) => {
    for (const { symbol, price } of quotes) changes.push([symbol, price]);
  });
  const session = await server.next();
  await session.welcome(5, [wireQuote("A", 1, 100)]);
  session.update(6, [wireQuote("A", 2, 101), wireQuote("B", 3, 100)]);
  session.update(7, [wireQuote("A", 9, 99)], 4);
  await waitFor("the conflated count", () => client.conflatedCount > 0);
  assert.deepEqual(changes, [["A", 2], ["B", 3]]);
  assert.equal(client.conflatedCount, 4);
});

Deno.test("FeedClient resumes where it was after a broken connection", async () => {
  await using fixture = new ClientFixture();
  const { client, server } = fixture;
  const resumed: unknown[] = [];
  client.on("resumed", (event) => resumed.push(event));
  const first = await server.next();
  await first.welcome(5, [wireQuote("A", 1, 100), wireQuote("B", 1, 100)]);
  first.update(6, [wireQuote("A", 2, 101)]);
  await waitFor("the update", () => client.quote("A", "test")?.price === 2);
  first.close(1011, "server fault");

  const second = await server.next();
  second.hello();
  const asked = await second.receive("resume");
  assert.deepEqual([asked.epoch, asked.seq, asked.symbols], ["epoch-1", 6, "*"]);
  second.acknowledge(asked);
  second.send({ type: "resumed", from: 6, to: 8, kind: "delta" });
  second.update(8, [wireQuote("B", 7, 102)]);
  await fixture.phase("live");
  await waitFor("the missed price", () => client.quote("B", "test")?.price === 7);
  assert.equal(client.quote("A", "test")?.price, 2);
  assert.deepEqual(resumed, [{ kind: "delta", from: 6, to: 8 }]);
});

Deno.test("FeedClient takes the snapshot of a restarted server in place of what it had", async () => {
  await using fixture = new ClientFixture();
  const { client, server } = fixture;
  const first = await server.next();
  await first.welcome(50, [wireQuote("A", 1, 100), wireQuote("GONE", 1, 100)]);
  await fixture.phase("live");
  first.close(1001, "server going away");

  const second = await server.next();
  second.hello({ epoch: "epoch-2" });
  const asked = await second.receive("resume");
  second.acknowledge(asked);
  second.send({ type: "resumed", from: 50, to: 2, kind: "snapshot" });
  second.snapshot(2, [wireQuote("A", 5, 101)], { epoch: "epoch-2" });
  await fixture.phase("live");
  assert.deepEqual([...client.quotes()].map(({ symbol, price }) => [symbol, price]), [["A", 5]]);
});

Deno.test("FeedClient keeps what it has while a restarted server has not read the table yet", async () => {
  // Boards were empty until the first read of the server to which a rolling restart had sent them.
  await using fixture = new ClientFixture();
  const { client, server } = fixture;
  const symbols = () => [...client.quotes()].map(({ symbol }) => symbol);
  const removed: string[] = [];
  let beats = 0;
  client.on("removed", ({ quotes }) => removed.push(...quotes.map(({ symbol }) => symbol)));
  client.on("heartbeat", () => beats += 1);
  const first = await server.next();
  await first.welcome(50, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  first.close(1001, "server going away");

  const second = await server.next();
  second.hello({ epoch: "unread" });
  second.acknowledge(await second.receive("resume"));
  second.send({ type: "resumed", from: 50, to: 0, kind: "snapshot" });
  second.snapshot(0, [], { epoch: "unread" });
  second.heartbeat(0, "down");
  await fixture.phase("live");
  await waitFor("the first heartbeat", () => beats === 1);
  assert.deepEqual(symbols(), ["A"]);

  second.heartbeat(0, "live");
  await waitFor("the second heartbeat", () => beats === 2);
  assert.deepEqual(symbols(), [], "the table is empty");
  assert.deepEqual(removed, ["A"]);
});

Deno.test("FeedClient subscribes anew when it died before a snapshot was complete", async () => {
  await using fixture = new ClientFixture();
  const first = await fixture.server.next();
  first.hello();
  first.acknowledge(await first.receive("subscribe"));
  first.send({
    type: "snapshot",
    epoch: "epoch-1",
    seq: 5,
    quotes: [wireQuote("A", 1, 1)],
    complete: false,
  });
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  await second.welcome(6, [wireQuote("B", 1, 1)]);
  await fixture.phase("live");
  assert.deepEqual([...fixture.client.quotes()].map(({ symbol }) => symbol), ["B"]);
});

Deno.test("FeedClient resumes from the snapshot of a worker that was behind the one before", async () => {
  // The position stayed at that of the faster worker, although symbols that were asked for since were
  // known from the slower one alone: what had changed of them in between was never sent.
  await using fixture = new ClientFixture({ subscription: { symbols: ["A"] } });
  const { client, server } = fixture;
  const fast = await server.next();
  await fast.welcome(50, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  client.subscribe(["X"]);
  await fast.receive("subscribe");
  fast.close(1011, "server fault");

  const slow = await server.next();
  await slow.welcome(48, [wireQuote("A", 1, 100), wireQuote("X", 1, 100)]);
  await waitFor("the snapshot", () => client.quote("X", "test") !== undefined);
  slow.close(1011, "server fault");

  const third = await server.next();
  third.hello();
  assert.equal((await third.receive("resume")).seq, 48);
});

Deno.test("FeedClient subscribes when the server refuses to resume", async () => {
  await using fixture = new ClientFixture();
  const first = await fixture.server.next();
  await first.welcome(5, []);
  await fixture.phase("live");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  const { id } = await second.receive("resume");
  second.send({ type: "error", id, code: "invalid_message", message: "no" });
  const asked = await second.receive("subscribe");
  second.acknowledge(asked);
  second.snapshot(6, []);
  await fixture.phase("live");
});

Deno.test("FeedClient stops when the server refuses its first subscription", async () => {
  await using fixture = new ClientFixture();
  const session = await fixture.server.next();
  session.hello();
  const { id } = await session.receive("subscribe");
  session.send({ type: "error", id, code: "invalid_subscription", message: "too much" });
  const { reason } = await fixture.phase("stopped");
  assert.deepEqual(reason, { kind: "refused", code: "invalid_subscription", message: "too much" });
});

Deno.test("FeedClient counts malformed messages, ignores unknown ones, and goes on", async () => {
  await using fixture = new ClientFixture();
  const { client, server, faults } = fixture;
  const session = await server.next();
  await session.welcome(5, []);
  session.sendRaw("{");
  session.sendRaw(new Uint8Array([1, 2, 3]));
  session.sendRaw('{"type":"candle","open":1}');
  session.sendRaw('{"type":"update","seq":6,"quotes":[{"symbol":1}]}');
  session.update(7, [wireQuote("A", 1, 100)]);
  await waitFor("the price", () => client.quote("A", "test"));
  assert.equal(client.malformedCount, 3);
  assert.deepEqual(faults.map(({ kind }) => kind), ["malformed", "malformed", "malformed"]);
});

Deno.test("FeedClient outlives a listener that throws, and reports it", async () => {
  await using fixture = new ClientFixture();
  const { client, server, faults } = fixture;
  const thrown = new Error("broken listener");
  client.on("update", () => {
    throw thrown;
  });
  const session = await server.next();
  await session.welcome(5, []);
  session.update(6, [wireQuote("A", 1, 100)]);
  session.update(7, [wireQuote("A", 2, 101)]);
  await waitFor("both updates", () => faults.length === 2);
  const [fault] = faults;
  assert.equal(fault?.kind === "listener" && fault.cause, thrown);
  assert.equal(client.state.phase, "live");
});

Deno.test("FeedClient.stop() may be called by a listener", async () => {
  await using fixture = new ClientFixture();
  const { client, server } = fixture;
  client.on("snapshot", () => client.stop());
  const session = await server.next();
  await session.welcome(5, []);
  const { reason } = await fixture.phase("stopped");
  assert.deepEqual(reason, { kind: "asked" });
  await session.closed;
  assert.equal(server.attempts, 1);
});

Deno.test("FeedClient.start() goes on from where stop() left", async () => {
  await using fixture = new ClientFixture();
  const { client, server } = fixture;
  const first = await server.next();
  await first.welcome(5, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  client.stop();
  assert.equal(client.quote("A", "test")?.price, 1);
  client.start();
  const second = await server.next();
  second.hello();
  assert.equal((await second.receive("resume")).seq, 5);
});

Deno.test("FeedClient measures the round trip and passes on the feed's state", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock });
  const { client, server } = fixture;
  const beats: unknown[] = [];
  client.on("heartbeat", (beat) => beats.push(beat.feed));
  const session = await server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  clock.advance(1000);
  const { id } = await session.receive("ping");
  session.send({ type: "pong", id, server_time: 0 });
  session.heartbeat(5);
  await waitFor("the round trip", () => client.roundTripMs !== undefined);
  await waitFor("the heartbeat", () => beats.length > 0);
  assert.deepEqual(beats, [{ status: "live", mode: "poll", ageMs: 10 }]);
});

Deno.test("FeedClient.serverNowMs() follows the server's clock", async () => {
  const clock = new FakeClock(1000);
  await using fixture = new ClientFixture({ clock });
  const session = await fixture.server.next();
  const feed = { status: "live", mode: "poll", age_ms: 0 } as const;
  session.send({ type: "heartbeat", seq: 0, server_time: 61_000, feed });
  await waitFor("the heartbeat", () => fixture.client.serverNowMs() === 61_000);
});

Deno.test("FeedClient.stats() resolves with the server's counters", async () => {
  await using fixture = new ClientFixture();
  const session = await fixture.server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  const reply = fixture.client.stats();
  const { id } = await session.receive("stats");
  session.send({ type: "stats", id, stats: { sessions: 3 } });
  assert.deepEqual(await reply, { sessions: 3 });
});

Deno.test("FeedClient.stats() rejects after 5 s, and when the connection ends", async () => {
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ clock });
  const session = await fixture.server.next();
  session.hello({ heartbeatMs: 60_000 });
  const asked = await session.receive("subscribe");
  session.acknowledge(asked);
  session.snapshot(1, []);
  await fixture.phase("live");
  const late = assert.rejects(fixture.client.stats(), /must end within 5000 ms/);
  clock.advance(5000);
  await late;
  const cut = assert.rejects(fixture.client.stats(), /the connection has ended/);
  session.close(1011, "server fault");
  await cut;
  await assert.rejects(fixture.client.stats(), /must be connected, is reconnecting/);
});

Deno.test("FeedClient.untilLive() resolves when everything wanted has arrived", async () => {
  await using fixture = new ClientFixture();
  const waiting = fixture.client.untilLive();
  const session = await fixture.server.next();
  await session.welcome(5, [wireQuote("A", 1, 100)]);
  await waiting;
  assert.equal(fixture.client.quote("A", "test")?.price, 1);
});
