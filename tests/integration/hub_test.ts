import assert from "node:assert/strict";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { sleep } from "../../src/lifecycle.ts";
import { Book } from "../../src/price/book.ts";
import { leavesNoDebris, RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { Gate } from "../support/gate.ts";
import { aQuote } from "../support/quotes.ts";
import type { ReceiverReport, ToReceiver } from "../support/hub_receiver.ts";
import { waitFor } from "../support/wait_for.ts";

/** More than the ring of Deno's BroadcastChannel holds. */
const BURST = 600;
/** By which a word of the publisher is known. */
const MARK_MS = 1_000_000;
/** Longer than receivers put up with. */
const SILENCE_MS = 2000;
/** Clocks and timers go by whole milliseconds. */
const CLOCK_STEPS_MS = 10;
const LIVE = { status: "live", mode: "poll", ageMs: 0 } as const;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** A publisher here and a replica in another isolate. */
class Stage implements AsyncDisposable {
  readonly channel = `test ${crypto.randomUUID()}`;
  readonly hub = new HubPublisher("poll", { channelName: this.channel });
  readonly #worker = new Worker(new URL("../support/hub_receiver.ts", import.meta.url), {
    type: "module",
  });

  async start(): Promise<this> {
    const { port } = this.hub.openLink();
    const ready = new Promise((resolve) => {
      this.#worker.onmessage = resolve;
    });
    this.#tell({ kind: "start", channel: this.channel, port }, [port]);
    await ready;
    return this;
  }

  /** Price `id` of symbol A; ids ascend. */
  publish(id: number, symbol = "A"): void {
    this.hub.publish([aQuote({ symbol, id, price: id })]);
  }

  /** Resolves when it is deaf; the gate ends that. */
  async block(): Promise<Gate> {
    const gate = new Gate();
    this.#tell({ kind: "block", gate: gate.memory });
    await waitFor("the receiver to be deaf", () => gate.isReached);
    return gate;
  }

  async report(): Promise<ReceiverReport> {
    const answer = new Promise<ReceiverReport>((resolve) => {
      this.#worker.onmessage = (event) => resolve(event.data);
    });
    this.#tell({ kind: "report" });
    return await answer;
  }

  async waitFor(
    what: string,
    holds: (report: ReceiverReport) => boolean,
    deadlineMs?: number,
  ): Promise<ReceiverReport> {
    return await waitFor(what, async () => {
      const report = await this.report();
      return holds(report) ? report : undefined;
    }, deadlineMs);
  }

  #tell(message: ToReceiver, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#worker.terminate();
    this.hub.close();
    return Promise.resolve();
  }
}

/** Each step begins where the one before ended, and none goes back. */
function assertGapless(report: ReceiverReport): void {
  let at = 0;
  for (const [from, to] of report.steps) {
    assert.ok(from === at || at === 0, `from ${from}, was at ${at}`);
    assert.ok(to > from, `to ${to} from ${from}`);
    at = to;
  }
}

test("Replica follows the publisher batch by batch", async () => {
  await using on = await new Stage().start();
  for (let id = 1; id <= 50; id++) on.publish(id);
  const report = await on.waitFor("the last price", ({ prices }) => prices.A === 50);
  assert.equal(report.seq, 50);
  assert.equal(report.gaps, 0);
  assert.equal(report.steps.length, 50);
  assertGapless(report);
});

test("Replica notices that the channel lost batches, and ends with the publisher's book", async () => {
  // A receiver that is busy while more than 256 messages are posted loses some, without any sign.
  await using on = await new Stage().start();
  on.hub.publishStatus(LIVE);
  on.publish(1);
  await on.waitFor("the first price", ({ seq }) => seq === 1);
  await leavesNoDebris(async (round) => {
    const gate = await on.block();
    const first = on.hub.seq + 1;
    for (let id = first; id < first + BURST; id++) on.publish(id, `S${id % 7}`);
    gate.open();
    const report = await on.waitFor(
      "the end of the burst",
      ({ seq }) => seq === on.hub.seq,
      RECOVERY_DEADLINE_MS,
    );
    assert.ok(report.gaps >= round, "messages were lost");
    assertGapless(report);
    const expected = [...on.hub.book.entries()].map(({ quote }) => [quote.symbol, quote.price]);
    assert.deepEqual(report.prices, Object.fromEntries(expected));
  });
});

test("Replica notices a loss that no later batch shows, by the status that follows", async () => {
  await using on = await new Stage().start();
  on.publish(1);
  await on.waitFor("the first price", ({ seq }) => seq === 1);
  const gate = await on.block();
  // The first few messages of a burst are on their way already; what follows waits in the ring.
  for (let n = 0; n < 10; n++) on.hub.publishStatus(LIVE);
  on.publish(2);
  for (let n = 0; n < BURST; n++) on.hub.publishStatus(LIVE);
  gate.open();
  const report = await on.waitFor("the second price", ({ prices }) => prices.A === 2);
  assert.equal(report.gaps, 1);
  assertGapless(report);
});

test("Replica that comes late gets the whole book, with history", async () => {
  await using on = new Stage();
  for (let id = 1; id <= 5; id++) on.publish(id);
  await on.start();
  const report = await on.report();
  assert.equal(report.seq, 5);
  assert.deepEqual(report.history, [1, 2, 3, 4, 5]);
});

test("Replica that was there before the beginning takes it whole: neither as a change nor as a loss", async () => {
  // A worker is up before the feed has read the table, always so while the database is away. What the
  // first read found came as changes, and its clients never had an opening price.
  await using on = await new Stage().start();
  const { epoch } = on.hub;
  on.hub.begin([1, 2, 3].map((id) => aQuote({ symbol: "A", id, price: id })));
  const report = await on.waitFor("the last price", ({ prices }) => prices.A === 3);
  assert.deepEqual(report.history, [1, 2, 3]);
  assert.notEqual(report.epoch, epoch);
  const { steps, gaps, resets, seq } = report;
  assert.deepEqual({ steps, gaps, resets, seq }, { steps: [], gaps: 0, resets: 2, seq: 0 });
});

test("Replica follows the publisher after the beginning, in what it brought and what is new", async () => {
  await using on = await new Stage().start();
  on.hub.begin(["A", "B"].map((symbol) => aQuote({ symbol, id: 1, price: 1 })));
  await on.waitFor("the beginning", ({ prices }) => prices.B === 1);
  on.publish(2, "B");
  on.publish(3, "C");
  const report = await on.waitFor("the last price", ({ prices }) => prices.C === 3);
  assert.deepEqual(report.prices, { A: 1, B: 2, C: 3 });
  assert.deepEqual([report.gaps, report.steps], [0, [[0, 1], [1, 2]]]);
});

test("Replica gets what a feed that starts over has read as changes, with the history in between", async () => {
  await using on = await new Stage().start();
  on.hub.begin([aQuote({ symbol: "A", id: 1, price: 1 })]);
  await on.waitFor("the beginning", ({ prices }) => prices.A === 1);
  on.hub.begin([1, 2, 3].map((id) => aQuote({ symbol: "A", id, price: id })));
  const report = await on.waitFor("the last price", ({ prices }) => prices.A === 3);
  assert.deepEqual(report.history, [1, 2, 3]);
  assert.deepEqual([report.resets, report.steps], [2, [[0, 1]]]);
});

test("Replica ignores what others post on its channel", async () => {
  await using on = await new Stage().start();
  const stranger = new BroadcastChannel(on.channel);
  for (
    const junk of [null, 5, "text", {}, { kind: "batch" }, { kind: "batch", epoch: 1, seq: 9 }]
  ) {
    stranger.postMessage(junk);
  }
  stranger.close();
  on.publish(1);
  const report = await on.waitFor("the price", ({ prices }) => prices.A === 1);
  assert.equal(report.gaps, 0);
});

test("Replica calls the feed down when the publisher falls silent, and live when it is back", async () => {
  await using on = await new Stage().start();
  on.hub.publishStatus(LIVE);
  await on.waitFor("a live feed", ({ status }) => status === "live");
  await on.waitFor("the silence", ({ status }) => status === "down");
  on.hub.publishStatus(LIVE);
  await on.waitFor("a live feed", ({ status }) => status === "live");
});

test("Replica that was busy calls the feed as old as the word of it that waited", async () => {
  // It counted from when it came to read the word: live, though the publisher hung for just as long.
  await using on = await new Stage().start();
  on.hub.publishStatus(LIVE);
  await on.waitFor("a live feed", ({ status }) => status === "live");
  const gate = await on.block();
  on.hub.publishStatus({ ...LIVE, ageMs: MARK_MS });
  await sleep(SILENCE_MS);
  gate.open();
  const { heard } = await on.waitFor("the word", ({ heard }) => (heard?.ageMs ?? 0) >= MARK_MS);
  assert.equal(heard?.status, "down");
  const waitedMs = (heard?.ageMs ?? 0) - MARK_MS;
  assert.ok(waitedMs > SILENCE_MS - CLOCK_STEPS_MS, `${waitedMs} ms`);
});

test("Replica that comes late hears how old the publisher's word of the feed is", async () => {
  // It came with a copy of the book, and counted from when that was asked for.
  await using on = new Stage();
  on.hub.publishStatus(LIVE);
  await sleep(SILENCE_MS);
  await on.start();
  const { status, heard } = await on.report();
  assert.equal(status, "down");
  assert.ok((heard?.ageMs ?? 0) > SILENCE_MS - CLOCK_STEPS_MS, `${heard?.ageMs} ms`);
});

test("Replica does not take the feed for younger because a batch comes", async () => {
  // A publisher that wakes may have read what it sends before it fell asleep.
  await using on = await new Stage().start();
  on.hub.publishStatus(LIVE);
  await on.waitFor("a live feed", ({ status }) => status === "live");
  await on.waitFor("the silence", ({ status }) => status === "down");
  on.publish(1);
  const { status } = await on.waitFor("the price", ({ prices }) => prices.A === 1);
  assert.equal(status, "down");
});

/** The whole book of another publisher. */
function anotherBook(epoch: string, seq: number, prices: Readonly<Record<string, number>>) {
  const book = new Book();
  for (const [symbol, id] of Object.entries(prices)) {
    book.apply([aQuote({ symbol, id, price: id })], seq);
  }
  return { epoch, seq, entries: book.copy() };
}

test("HubPublisher.adopt() brings receivers under another publisher's epoch and number, and no price back", async () => {
  await using stage = await new Stage().start();
  stage.publish(5);
  await stage.waitFor("the price", ({ prices }) => prices.A === 5);
  stage.hub.adopt(anotherBook("other", 41, { A: 4, B: 7 }));
  const { prices, seq } = await stage.waitFor("the epoch", ({ epoch }) => epoch === "other");
  assert.deepEqual([prices, seq], [{ A: 5, B: 7 }, 41]);
});

test("HubPublisher.follow() sends another publisher's batches under its numbers, empty ones too", async () => {
  await using stage = await new Stage().start();
  stage.hub.adopt(anotherBook("other", 41, { A: 4 }));
  await stage.waitFor("the epoch", ({ epoch }) => epoch === "other");
  stage.hub.follow(42, [aQuote({ id: 5, price: 5 })]);
  stage.hub.follow(43, [aQuote({ id: 3, price: 3 })]);
  stage.hub.follow(44, [aQuote({ id: 6, price: 6 }), aQuote({ symbol: "C", id: 1, price: 1 })]);
  const { prices, steps, gaps } = await stage.waitFor("the last", ({ seq }) => seq === 44);
  assert.deepEqual([prices, gaps], [{ A: 6, C: 1 }, 0]);
  assert.deepEqual(steps, [[41, 42], [43, 44]]);
});

test("HubPublisher.adopt() of the same epoch brings receivers on without starting them over", async () => {
  await using stage = await new Stage().start();
  stage.hub.adopt(anotherBook("other", 41, { A: 4 }));
  const { resets } = await stage.waitFor("the epoch", ({ epoch }) => epoch === "other");
  stage.hub.adopt(anotherBook("other", 50, { A: 6, N: 1 }));
  await stage.waitFor("the position", ({ seq }) => seq === 50);
  stage.hub.follow(51, [aQuote({ symbol: "N", id: 2, price: 2 })]);
  const report = await stage.waitFor("the batch after it", ({ seq }) => seq === 51);
  assert.deepEqual([report.prices, report.resets], [{ A: 6, N: 2 }, resets]);
  stage.hub.adopt(anotherBook("other", 45, { A: 5 }));
  assert.equal(stage.hub.seq, 51);
});

test("HubPublisher.renew() begins an epoch of its own with everything that was there", async () => {
  await using stage = await new Stage().start();
  stage.publish(3);
  stage.hub.adopt(anotherBook("other", 41, { B: 7 }));
  await stage.waitFor("the epoch", ({ epoch }) => epoch === "other");
  stage.hub.renew();
  stage.publish(9);
  const { prices, seq } = await stage.waitFor("the price", ({ prices }) => prices.A === 9);
  assert.deepEqual([prices, seq], [{ A: 9, B: 7 }, 42]);
  const seqs = [...stage.hub.book.entries()].map((entry) => entry.seq);
  assert.ok(Math.max(...seqs) === 42, "what nobody had numbered has a number now");
});
