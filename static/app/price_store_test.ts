/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { type ProtocolSession, wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { PriceStore } from "./price_store.ts";

/** Animation frames that come when the test says so. */
class Frames implements Disposable {
  readonly #real = globalThis.requestAnimationFrame;
  #callbacks: FrameRequestCallback[] = [];

  constructor() {
    globalThis.requestAnimationFrame = (callback) => this.#callbacks.push(callback);
  }

  get waiting(): number {
    return this.#callbacks.length;
  }

  run(): void {
    for (const callback of this.#callbacks.splice(0)) callback(performance.now());
  }

  [Symbol.dispose](): void {
    globalThis.requestAnimationFrame = this.#real;
  }
}

async function show(fixture: ClientFixture): Promise<[PriceStore, ProtocolSession]> {
  const store = new PriceStore(fixture.client);
  const session = await fixture.server.next();
  await session.welcome(5, [
    wireQuote("B", 10, 100, { open: 10 }),
    wireQuote("A", 10, 100, { open: 10 }),
    wireQuote("A", 11, 100, { open: 10, source: "second" }),
  ]);
  await fixture.phase("live");
  return [store, session];
}

function shown(store: PriceStore): [string, string, number][] {
  return store.rows.value.map(({ symbol, source, state }) => [
    symbol,
    source,
    state.value.quote.price,
  ]);
}

Deno.test("PriceStore sorts rows by symbol, then source, and counts symbols", async () => {
  await using fixture = new ClientFixture();
  const [store] = await show(fixture);
  assert.deepEqual(shown(store), [["A", "second", 11], ["A", "test", 10], ["B", "test", 10]]);
  assert.deepEqual([store.rowCount.value, store.symbolCount.value], [3, 2]);
});

Deno.test("PriceStore shows many changes in one frame, as one move", async () => {
  using frames = new Frames();
  await using fixture = new ClientFixture();
  const [store, session] = await show(fixture);
  const list = store.rows.value;
  for (let step = 1; step <= 5; step++) {
    session.update(5 + step, [wireQuote("B", 10 + step, 100 + step)]);
  }
  await waitFor("the updates", () => fixture.client.quote("B", "test")?.price === 15);
  assert.equal(frames.waiting, 1);
  frames.run();
  const state = list.find(({ symbol }) => symbol === "B")?.state.value;
  assert.deepEqual([state?.quote.price, state?.moves], [15, 1]);
  assert.equal(state?.quote.previousPrice, 10, "the arrow compares with what was on the screen");
  assert.equal(store.rows.value, list, "no row came or went, so the list is the same");
});

Deno.test("PriceStore takes in a new symbol and forgets what a restarted server does not have", async () => {
  using frames = new Frames();
  await using fixture = new ClientFixture();
  const [store, session] = await show(fixture);
  session.update(6, [wireQuote("AA", 1, 100)]);
  await waitFor("the update", () => frames.waiting === 1);
  frames.run();
  assert.deepEqual(shown(store).map(([symbol]) => symbol), ["A", "A", "AA", "B"]);
  session.snapshot(1, [wireQuote("C", 1, 100)], { epoch: "epoch-2" });
  await waitFor("the snapshot", () => store.rowCount.value === 1);
  assert.deepEqual(shown(store), [["C", "test", 1]]);
});

Deno.test("PriceStore.filter narrows the rows and leaves the counts", async () => {
  await using fixture = new ClientFixture();
  const [store] = await show(fixture);
  store.filter.value = "b";
  assert.deepEqual(shown(store), [["B", "test", 10]]);
  assert.equal(store.rowCount.value, 3);
});

Deno.test("PriceStore.health follows connection and feed", async () => {
  await using fixture = new ClientFixture();
  const [store, session] = await show(fixture);
  assert.equal(store.health.value.label, "Checking", "the feed may be anything yet");
  session.heartbeat();
  await waitFor("the feed to be live", () => store.health.value.kind === "live");
  const feed = { status: "down", mode: "poll", age_ms: 3000 } as const;
  session.send({ type: "heartbeat", seq: 5, server_time: Date.now(), feed });
  await waitFor("the feed to be down", () => store.health.value.label === "Feed down");
  session.close(1008, "policy violation");
  await waitFor("the end", () => store.health.value.kind === "over");
});
