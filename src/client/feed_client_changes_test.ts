import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";

Deno.test("FeedClient.subscribe() adds symbols, and a lost connection does not lose them", async () => {
  await using fixture = new ClientFixture({ subscription: { symbols: ["A"] } });
  const { client, server } = fixture;
  const first = await server.next();
  await first.welcome(5, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  client.subscribe(["B"]);
  assert.deepEqual((await first.receive("subscribe")).symbols, ["B"]);
  // The snapshot with B never comes, so B is not among what a resume would bring.
  first.close(1011, "server fault");
  const second = await server.next();
  second.hello();
  assert.deepEqual((await second.receive("subscribe")).symbols, ["A", "B"]);
});

Deno.test("FeedClient.subscribe() is not answered by a snapshot that was under way before", async () => {
  await using fixture = new ClientFixture({ subscription: { symbols: ["A"] } });
  const first = await fixture.server.next();
  first.hello();
  const asked = await first.receive("subscribe");
  fixture.client.subscribe(["B"]);
  first.acknowledge(asked);
  first.snapshot(5, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  assert.deepEqual((await second.receive("subscribe")).symbols, ["A", "B"]);
});

Deno.test("FeedClient.unsubscribe() forgets symbols, even those still on their way", async () => {
  await using fixture = new ClientFixture({ subscription: { symbols: ["A", "B"] } });
  const { client, server } = fixture;
  const removed: string[] = [];
  client.on("removed", ({ quotes }) => removed.push(...quotes.map(({ symbol }) => symbol)));
  const session = await server.next();
  await session.welcome(5, [wireQuote("A", 1, 100), wireQuote("B", 1, 100)]);
  await fixture.phase("live");
  client.unsubscribe(["B"]);
  assert.deepEqual((await session.receive("unsubscribe")).symbols, ["B"]);
  session.update(6, [wireQuote("B", 2, 101), wireQuote("A", 2, 101)]);
  await waitFor("the update", () => client.quote("A", "test")?.price === 2);
  assert.equal(client.quote("B", "test"), undefined);
  assert.deepEqual(removed, ["B"]);
});

Deno.test("FeedClient.setMaxRate() tells the server", async () => {
  await using fixture = new ClientFixture();
  const session = await fixture.server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  fixture.client.setMaxRate(250);
  assert.equal((await session.receive("subscribe")).max_rate_ms, 250);
});

Deno.test("FeedClient.subscribe() one by one says together what comes too fast, and loses nothing", async () => {
  // 2000 calls sent 2000 messages, which the server closes with 4029.
  await using fixture = new ClientFixture({ subscription: { symbols: ["A"] } });
  const { client, server } = fixture;
  const session = await server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  for (let n = 0; n < 1000; n += 1) client.subscribe([`S${n}`]);
  const told = new Set<string>();
  let messages = 0;
  while (told.size < 1000) {
    for (const symbol of (await session.receive("subscribe")).symbols) told.add(symbol);
    messages += 1;
  }
  assert.ok(messages < 20, `says it in ${messages} messages`);
});

Deno.test("FeedClient.subscribe() is said again when the server has no time for it", async () => {
  await using fixture = new ClientFixture({ subscription: { symbols: ["A"] } });
  const { client, faults, server } = fixture;
  const session = await server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  client.subscribe(["B"]);
  const { id } = await session.receive("subscribe");
  session.send({ type: "error", id, code: "rate_limited", message: "Cannot subscribe: too often" });
  assert.deepEqual((await session.receive("subscribe")).symbols, ["A", "B"]);
  assert.deepEqual(faults, []);
});

Deno.test("FeedClient.subscribe() is said again when the server takes a later one, and does not count till then", async () => {
  // Only the refusal of the last was known for one: what an earlier one had asked for never came.
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ subscription: { symbols: ["A"] }, clock });
  const { client, faults, server } = fixture;
  const first = await server.next();
  await first.welcome(5, []);
  await fixture.phase("live");
  const take = async (session: typeof first, symbol: string) => {
    client.subscribe(["R"]);
    client.subscribe([symbol]);
    const { id } = await session.receive("subscribe");
    session.send({
      type: "error",
      id,
      code: "rate_limited",
      message: "Cannot subscribe: too often",
    });
    session.acknowledge(await session.receive("subscribe"));
    session.snapshot(5, [wireQuote(symbol, 1, 100)]);
    await waitFor(symbol, () => client.quote(symbol, "test") !== undefined);
  };
  await take(first, "B");
  clock.advance(250);
  assert.deepEqual((await first.receive("subscribe")).symbols, ["A", "R", "B"]);
  await take(first, "C");
  first.close(1011, "server fault");
  await waitFor("the end", () => client.state.phase === "reconnecting");
  clock.advance(60_000);
  const second = await server.next();
  second.hello();
  assert.deepEqual((await second.receive("subscribe")).symbols, ["A", "R", "B", "C"]);
  assert.deepEqual(faults, []);
});

Deno.test("FeedClient.unsubscribe() is said again when the server has no time for it", async () => {
  // It was forgotten, and the server went on sending what nobody wanted.
  await using fixture = new ClientFixture({ subscription: { symbols: ["A", "B", "C"] } });
  const { client, faults, server } = fixture;
  const session = await server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  client.unsubscribe(["B"]);
  const { id } = await session.receive("unsubscribe");
  session.send({
    type: "error",
    id,
    code: "rate_limited",
    message: "Cannot unsubscribe: too often",
  });
  assert.deepEqual((await session.receive("unsubscribe")).symbols, ["B"]);
  assert.deepEqual((await session.receive("subscribe")).symbols, ["A", "C"]);
  assert.deepEqual(faults, []);
});

Deno.test("FeedClient takes nothing out of a connection that only the one before was granted", async () => {
  // It unsubscribed from what it had not subscribed to, and the program heard of the server's refusal.
  await using fixture = new ClientFixture({ subscription: { symbols: ["A", "B"] } });
  const { client, server } = fixture;
  const first = await server.next();
  await first.welcome(5, []);
  await fixture.phase("live");
  client.unsubscribe(["B"]);
  await first.receive("unsubscribe");
  first.close(1011, "server fault");
  const second = await server.next();
  second.hello();
  const { id } = await second.receive("resume");
  second.send({ type: "error", id, code: "rate_limited", message: "Cannot resume: too often" });
  const again = await second.receive("subscribe");
  assert.deepEqual(again.symbols, ["A"]);
  assert.equal(again.id, Number(id) + 1, "nothing was said in between");
});
