import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { ProtocolServer, wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { deflateFrame, kindFrame } from "../session/deflate_frame.ts";
import { DEFLATE_KINDS } from "../session/deflate_kinds.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../session/protocol.ts";
import { StreamCompressor } from "../session/stream_compressor.ts";
import { FeedClient } from "./feed_client.ts";

// What is special about compressed frames, seen through a feed client over real sockets.

Deno.test("Connection reads compressed frames in their order, and counts what they save", async () => {
  await using fixture = new ClientFixture({ compression: "on" });
  const { client, server } = fixture;
  const prices: number[] = [];
  client.on("update", ({ quotes }) => prices.push(...quotes.map(({ price }) => price)));
  const session = await server.next();
  await session.welcome(5, [wireQuote("A", 0, 100)]);
  await fixture.phase("live");
  // Large and small ones in turn: decompressed side by side, the small ones would overtake.
  for (let n = 1; n <= 20; n++) {
    const many = n % 2 === 0 ? 0 : 2000;
    const others = Array.from({ length: many }, (_, at) => wireQuote(`S${at}`, 1, 1));
    session.update(5 + n, [wireQuote("A", n, 100 + n), ...(n === 1 ? others : [])]);
  }
  await waitFor("all updates", () => client.quote("A", "test")?.price === 20);
  const ofA = prices.filter((price, at) => at === 0 || price > 1);
  assert.deepEqual(ofA, Array.from({ length: 20 }, (_, n) => n + 1));
  assert.equal(client.protocol, PRICE_PROTOCOL_DEFLATE);
  const { frames, wireBytes, documentBytes } = client.traffic;
  assert.equal(frames, 23);
  assert.ok(wireBytes * 4 < documentBytes, `${wireBytes} of ${documentBytes}`);
});

Deno.test("Connection counts compressed frames that cannot be read, and goes on", async () => {
  await using fixture = new ClientFixture({ compression: "on" });
  const { client, server } = fixture;
  const session = await server.next();
  await session.welcome(5, []);
  session.sendRaw(new Uint8Array([0, 255, 255, 255]));
  session.sendRaw(new Uint8Array([3]));
  session.sendRaw(new Uint8Array());
  session.sendRaw('{"type":"heartbeat"}');
  session.sendRaw(deflateFrame("{"));
  session.update(7, [wireQuote("A", 1, 100)]);
  await waitFor("the price", () => client.quote("A", "test"));
  assert.equal(client.malformedCount, 5);
});

Deno.test("Connection ends when a piece comes of a stream that it has not, and comes back", async () => {
  await using fixture = new ClientFixture({ compression: "on", clock: new FakeClock() });
  const session = await fixture.server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  session.sendRaw(kindFrame(DEFLATE_KINDS.piece, new StreamCompressor().piece("{}")));
  const { reason } = await fixture.phase("reconnecting");
  assert.equal(
    reason,
    "Cannot read a message: must be the first piece of a stream, is a later one",
  );
});

Deno.test("Connection reads a stream's pieces and documents alone in their order", async () => {
  await using fixture = new ClientFixture({ compression: "on" });
  const { client, server } = fixture;
  const prices: number[] = [];
  client.on("update", ({ quotes }) => prices.push(...quotes.map(({ price }) => price)));
  const session = await server.next();
  await session.welcome(5, []);
  const compressor = new StreamCompressor();
  for (let n = 1; n <= 20; n++) {
    const update = { type: "update", seq: 5 + n, quotes: [wireQuote("A", n, 100 + n)] };
    const document = JSON.stringify(update);
    // Now and then a document comes alone, or a new stream begins.
    const kind = n % 7 === 1 ? DEFLATE_KINDS.first : DEFLATE_KINDS.piece;
    if (n % 7 === 1) compressor.restart();
    session.sendRaw(
      n % 3 === 2 ? deflateFrame(document) : kindFrame(kind, compressor.piece(document)),
    );
  }
  await waitFor("the last price", () => client.quote("A", "test")?.price === 20);
  assert.deepEqual(prices, Array.from({ length: 20 }, (_, n) => n + 1));
  assert.equal(client.malformedCount, 0);
});

Deno.test("Connection ends when a frame decompresses to too much, and says so", async () => {
  await using fixture = new ClientFixture({ compression: "on", clock: new FakeClock() });
  const session = await fixture.server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  session.sendRaw(deflateFrame(" ".repeat(70_000_000)));
  const { reason } = await fixture.phase("reconnecting");
  assert.match(reason, /^Cannot read a message: must decompress to at most 67108864 bytes/);
});

Deno.test("Connection heeds the last words that came compressed before the close", async () => {
  // Decompressing takes longer than the close event: were it not to wait, every client would come back
  // to a server that stops at once.
  const clock = new FakeClock();
  await using fixture = new ClientFixture({ compression: "on", clock });
  const session = await fixture.server.next();
  await session.welcome(5, []);
  await fixture.phase("live");
  session.send({ type: "closing", reason: "server going away", reconnect_after_ms: 2500 });
  session.close(1001, "server going away");
  const { retryAtMs } = await fixture.phase("reconnecting");
  assert.ok(retryAtMs - clock.nowMs() >= 2500);
});

Deno.test("Connection delivers nothing that is still compressed when it is closed", async () => {
  await using fixture = new ClientFixture({ compression: "on" });
  const { client, server } = fixture;
  const prices: number[] = [];
  client.on("update", ({ quotes }) => {
    prices.push(...quotes.map(({ price }) => price));
    client.stop();
  });
  const session = await server.next();
  await session.welcome(5, []);
  for (let n = 1; n <= 10; n++) session.update(5 + n, [wireQuote("A", n, 100 + n)]);
  await session.closed;
  assert.deepEqual(prices, [1]);
});

Deno.test("Connection speaks plain JSON with a server that cannot compress", async () => {
  const server = new ProtocolServer();
  const client = new FeedClient({
    url: server.url,
    subscription: { symbols: "*" },
    compression: "on",
  });
  client.start();
  await (await server.next()).welcome(5, [wireQuote("A", 1, 100)]);
  await waitFor("the price", () => client.quote("A", "test"));
  assert.equal(client.protocol, PRICE_PROTOCOL_JSON);
  client.stop();
  await server.close();
});
