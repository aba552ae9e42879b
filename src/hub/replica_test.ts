import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { Book } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";
import { BatchBuilder } from "./batch_builder.ts";
import { BatchRing } from "./batch_ring.ts";
import type { Batch, BookCopy, Envelope, Said } from "./envelope.ts";
import { Replica } from "./replica.ts";

const FEED = { status: "live", mode: "poll", ageMs: 0 } as const;

/** Makes batches of whatever a test wants in them, in the numbering of one epoch. */
class EpochBatches {
  readonly #builder: BatchBuilder;
  readonly #symbols: string[] = [];

  constructor(epoch: string) {
    this.#builder = new BatchBuilder(epoch);
  }

  /** The quotes are in the copy of a book, which names them. */
  name(quotes: readonly Quote[]): void {
    this.batch(0, quotes);
  }

  batch(seq: number, quotes: readonly Quote[]): Batch {
    const accepted = quotes.map((quote) => {
      if (!this.#symbols.includes(quote.symbol)) this.#symbols.push(quote.symbol);
      return { quote, number: this.#symbols.indexOf(quote.symbol), past: false };
    });
    return this.#builder.build(accepted, seq);
  }
}

/** A replica whose publisher is the test itself: it answers requests for the book as told. */
class Stage implements Disposable {
  readonly changes: (readonly Quote[])[] = [];
  /** Positions from which and to which each change led. */
  readonly steps: (readonly [number, number])[] = [];
  /** What prices the book had when it was about to change. */
  readonly befores: (readonly number[])[] = [];
  readonly replica: Replica;
  /** What its listener was told of the feed. */
  readonly heard: FeedStatus["status"][] = [];
  requests = 0;
  resets = 0;
  #answered = 0;
  readonly #epochs = new Map<string, EpochBatches>();
  readonly #ring = new BatchRing();
  readonly #channel: BroadcastChannel;
  readonly #port: MessagePort;

  constructor() {
    const name = `test ${crypto.randomUUID()}`;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#port.onmessage = () => this.requests += 1;
    this.#channel = new BroadcastChannel(name);
    this.replica = new Replica(port2, {
      beforeChange: () => this.befores.push(this.prices),
      onChange: ({ entries, fromSeq, seq }) => {
        this.changes.push(entries.map(({ quote }) => quote));
        this.steps.push([fromSeq, seq]);
      },
      onStatus: ({ status }) => this.heard.push(status),
      onReset: () => this.resets += 1,
    }, name);
  }

  get prices(): readonly number[] {
    return [...this.replica.book.entries()].map(({ quote }) => quote.price);
  }

  batch(epoch: string, seq: number, ...quotes: Quote[]): void {
    this.#post(this.#ring.write(this.#builder(epoch).batch(seq, quotes)));
  }

  status(epoch: string, status: FeedStatus["status"]): void {
    const feed = { ...FEED, status };
    this.#post({ kind: "status", epoch, seq: 0, feed, saidAtMs: Date.now() });
  }

  /** Answers a request with a book of these quotes, each brought by its own sequence number. */
  async answer(epoch: string, ...quotes: Quote[]): Promise<void> {
    await waitFor("a request for the book", () => this.requests > this.#answered);
    this.#answered = this.requests;
    this.copy(epoch, ...quotes);
  }

  /** Sends a copy of the book, asked for or not. */
  copy(epoch: string, ...quotes: Quote[]): void {
    const book = new Book();
    quotes.forEach((quote, index) => book.apply([quote], index + 1));
    this.#builder(epoch).name(quotes);
    const copy: Said<BookCopy> = {
      kind: "book",
      epoch,
      seq: quotes.length,
      entries: book.copy(),
      feed: FEED,
      ring: this.#ring.memory,
      saidAtMs: Date.now(),
    };
    this.#port.postMessage(copy);
  }

  #post(envelope: Envelope): void {
    this.#channel.postMessage(envelope);
  }

  #builder(epoch: string): EpochBatches {
    const known = this.#epochs.get(epoch) ?? new EpochBatches(epoch);
    this.#epochs.set(epoch, known);
    return known;
  }

  [Symbol.dispose](): void {
    this.replica.close();
    this.#channel.close();
    this.#port.close();
  }
}

Deno.test("Replica is not ready before it has the book", async () => {
  using on = new Stage();
  assert.equal(on.replica.ready, false);
  await on.answer("one", aQuote());
  await waitFor("the book", () => on.replica.ready);
  assert.equal(on.resets, 1);
});

Deno.test("Replica replaces its book when the publisher runs under another epoch, and counts no loss", async () => {
  using on = new Stage();
  await on.answer("one", aQuote({ symbol: "OLD", timestamp: 999 }));
  await waitFor("the first book", () => on.resets === 1);
  on.batch("two", 1, aQuote({ symbol: "NEW" }));
  await waitFor("a second request", () => on.requests === 2);
  await on.answer("two", aQuote({ symbol: "NEW" }));
  await waitFor("the second book", () => on.resets === 2);
  assert.equal(on.replica.epoch, "two");
  assert.equal(on.replica.book.get("OLD", "x"), undefined);
  assert.deepEqual([on.replica.gaps, on.replica.resyncs], [0, 2]);
});

Deno.test("Replica holds back what follows a gap until it has the book, and then goes on", async () => {
  using on = new Stage();
  await on.answer("one", aQuote({ id: 1 }));
  await waitFor("the book", () => on.resets === 1);
  on.batch("one", 3, aQuote({ id: 3, price: 3 }));
  await waitFor("a second request", () => on.requests === 2);
  on.batch("one", 4, aQuote({ id: 4, price: 4 }));
  assert.equal(on.changes.length, 0);
  await on.answer(
    "one",
    aQuote({ id: 1 }),
    aQuote({ id: 2, price: 2 }),
    aQuote({ id: 3, price: 3 }),
  );
  await waitFor("the held batch", () => on.replica.seq === 4);
  assert.deepEqual(on.changes.map(([quote]) => quote?.price), [3, 4]);
});

Deno.test("Replica.feed() is delayed while the book is awaited, however live the feed is", async () => {
  using on = new Stage();
  await on.answer("one");
  await waitFor("the book", () => on.resets === 1);
  assert.equal(on.replica.feed().status, "live");
  on.batch("one", 2, aQuote({ id: 2 }));
  await waitFor("a second request", () => on.requests === 2);
  assert.equal(on.replica.feed().status, "delayed");
});

Deno.test("Replica.feed() stays what it was until the book is here whose feed is live", async () => {
  // The empty book of a server that has yet to read its table is of a feed that is down. Clients must not
  // take it for the table because the next one is live.
  using on = new Stage();
  await on.answer("one");
  await waitFor("the book", () => on.resets === 1);
  on.status("one", "down");
  await waitFor("the status", () => on.replica.feed().status === "down");
  on.status("two", "live");
  await waitFor("a second request", () => on.requests === 2);
  assert.equal(on.replica.feed().status, "down");
  await on.answer("two", aQuote());
  await waitFor("the second book", () => on.resets === 2);
  assert.deepEqual(on.heard, ["live", "down", "down", "live"]);
});

Deno.test("Replica forgets what it held back when the book that comes is of another epoch", async () => {
  // What had waited was no batch of the new epoch: it asked for the book again, and waited on.
  using on = new Stage();
  await on.answer("one", aQuote({ id: 1 }));
  await waitFor("the book", () => on.resets === 1);
  on.batch("one", 3, aQuote({ id: 3, price: 3 }));
  await waitFor("a second request", () => on.requests === 2);
  await on.answer("two");
  await waitFor("the second book", () => on.resets === 2);
  on.batch("two", 1, aQuote({ price: 7 }));
  await waitFor("its first batch", () => on.replica.seq === 1);
  assert.deepEqual([on.requests, on.steps], [2, [[0, 1]]]);
});

Deno.test("Replica says that its book is about to change, while it is still as it was", async () => {
  using on = new Stage();
  await on.answer("one", aQuote({ id: 1, price: 1 }));
  await waitFor("the book", () => on.resets === 1);
  on.batch("one", 2, aQuote({ id: 2, price: 2 }));
  await waitFor("the batch", () => on.replica.seq === 2);
  on.batch("two", 1);
  await on.answer("two", aQuote({ id: 1, price: 3 }));
  await waitFor("the second book", () => on.resets === 2);
  assert.deepEqual(on.befores, [[], [1], [2]]);
  assert.deepEqual(on.prices, [3]);
});

Deno.test("Replica takes no batch twice", async () => {
  using on = new Stage();
  await on.answer("one");
  await waitFor("the book", () => on.resets === 1);
  on.batch("one", 1, aQuote({ price: 1 }));
  on.batch("one", 1, aQuote({ id: 9, price: 9 }));
  on.batch("one", 2, aQuote({ id: 2, price: 2 }));
  await waitFor("both batches", () => on.replica.seq === 2);
  assert.deepEqual(on.changes.map(([quote]) => quote?.price), [1, 2]);
});

Deno.test("Replica does not go back to a copy that comes late", async () => {
  // A publisher that hangs for two seconds is asked twice, and answers twice. When the second answer met
  // the request after the next gap, the position went back, and clients were told so.
  using on = new Stage();
  await on.answer("one", aQuote({ id: 1 }));
  await waitFor("the book", () => on.resets === 1);
  on.batch("one", 2, aQuote({ id: 2, price: 2 }));
  on.batch("one", 4, aQuote({ id: 4, price: 4 }));
  await waitFor("a second request", () => on.requests === 2);
  on.copy("one", aQuote({ id: 1 }));
  await on.answer(
    "one",
    ...[1, 2, 3, 4].map((id) => aQuote({ id, price: id })),
  );
  await waitFor("the fourth price", () => on.replica.seq === 4);
  assert.deepEqual(on.steps, [[1, 2], [2, 4]]);
});
