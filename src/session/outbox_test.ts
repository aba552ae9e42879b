import assert from "node:assert/strict";
import { aQuote, changeOf } from "../../tests/support/quotes.ts";
import { Book, type BookEntry } from "../price/book.ts";
import type { Quote } from "../price/quote.ts";
import { type Framing, Outbox } from "./outbox.ts";

const LIMITS = { sendBufferBytesMax: 100, slowClientDeadlineMs: 1000 };

/** A socket whose network the test opens and closes, and the frames that were handed to it. */
class Wire {
  bufferedAmount = 0;
  readonly frames: string[] = [];
  send(frame: string): void {
    this.frames.push(frame);
  }
  block(): void {
    this.bufferedAmount = LIMITS.sendBufferBytesMax;
  }
  drain(): void {
    this.bufferedAmount = 0;
  }
}

const FRAMING: Framing = {
  update: (entries, seq, conflated) => [`update ${seq} ${prices(entries)} conflated ${conflated}`],
  snapshot: ({ list, start, end, seq }) => [
    `snapshot ${seq} ${prices(list.slice(start, end))} ${end >= list.length}`,
  ],
};

function prices(entries: readonly BookEntry[]): string {
  return entries.map(({ quote }) => `${quote.symbol}=${quote.price}`).join(",");
}

function book(...quotes: Quote[]): Book {
  const made = new Book();
  made.apply(quotes, 1);
  return made;
}

Deno.test("Outbox.offer() hands shared frames straight to a client that keeps up", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  assert.equal(outbox.offer(changeOf(all, 1, [aQuote()]), 0, () => ["shared"]), "empty");
  assert.deepEqual(wire.frames, ["shared"]);
});

Deno.test("Outbox.offer() keeps the newest quote of each key while the network is blocked, and says how many it left out", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  for (let seq = 1; seq <= 4; seq++) {
    assert.equal(
      outbox.offer(changeOf(all, seq, [aQuote({ price: seq })]), 0, () => ["shared"]),
      "waiting",
    );
  }
  outbox.offer(changeOf(all, 5, [aQuote({ symbol: "B", price: 9 })]), 0);
  assert.deepEqual(wire.frames, []);
  assert.deepEqual(outbox.totals, { delivered: 0, conflated: 3, waiting: 2 });
  wire.drain();
  assert.equal(outbox.pump(1), "empty");
  assert.deepEqual(wire.frames, ["update 5 A=4,B=9 conflated 3"]);
  assert.deepEqual(outbox.totals, { delivered: 2, conflated: 3, waiting: 0 });
});

Deno.test("Outbox.pump() gives up a client that stays blocked past the deadline", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  outbox.offer(changeOf(all, 1, [aQuote()]), 0);
  assert.equal(outbox.pump(1000), "waiting");
  assert.equal(outbox.pump(1001), "too_slow");
});

Deno.test("Outbox.pump() counts the deadline anew after the client has read", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  outbox.offer(changeOf(all, 1, [aQuote()]), 0);
  wire.drain();
  outbox.pump(900);
  wire.block();
  outbox.offer(changeOf(all, 2, [aQuote({ price: 2 })]), 950);
  assert.equal(outbox.pump(1900), "waiting");
});

Deno.test("Outbox.setRate() spaces updates and conflates what comes between", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  outbox.setRate(100, 0);
  outbox.offer(changeOf(all, 1, [aQuote({ price: 1 })]), 0);
  outbox.offer(changeOf(all, 2, [aQuote({ price: 2 })]), 10);
  outbox.offer(changeOf(all, 3, [aQuote({ price: 3 })]), 20);
  assert.equal(outbox.pump(99), "waiting");
  assert.equal(outbox.pump(100), "empty");
  assert.deepEqual(wire.frames, ["update 1 A=1 conflated 0", "update 3 A=3 conflated 1"]);
});

Deno.test("Outbox.pump() never calls a client too slow that merely asked for fewer updates", () => {
  const outbox = new Outbox(new Wire(), FRAMING, LIMITS);
  const all = new Book();
  outbox.setRate(60_000, 0);
  outbox.offer(changeOf(all, 1, [aQuote()]), 0);
  outbox.offer(changeOf(all, 2, [aQuote({ price: 2 })]), 1);
  assert.equal(outbox.pump(50_000), "waiting");
});

Deno.test("Outbox.offerSnapshot() makes updates wait until the snapshot is complete", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  const entries = [...book(aQuote({ price: 1 }), aQuote({ symbol: "B" })).entries()];
  wire.block();
  outbox.offerSnapshot(entries, 7, 0);
  outbox.offer(changeOf(all, 8, [aQuote({ price: 2 })]), 0, () => ["shared"]);
  wire.drain();
  outbox.pump(1);
  assert.deepEqual(wire.frames, ["snapshot 7 A=1,B=1 true", "update 8 A=2 conflated 0"]);
});

Deno.test("Outbox.offer() lets no update overtake a snapshot for which the network has just become free", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  outbox.offerSnapshot([...book(aQuote({ symbol: "B" })).entries()], 7, 0);
  wire.drain();
  outbox.offer(changeOf(all, 8, [aQuote({ price: 2 })]), 1, () => ["shared"]);
  // A change of prices goes to all clients in one turn, in which there is no time for their snapshots.
  assert.deepEqual(wire.frames, []);
  outbox.pump(1);
  assert.deepEqual(wire.frames, ["snapshot 7 B=1 true", "update 8 A=2 conflated 0"]);
});

Deno.test("Outbox.offer() tells of what a snapshot made needless, also to a client that keeps up by then", () => {
  // Frames that all clients share say of no one what it missed: a client that had asked for a snapshot
  // while quotes waited, for its rate or its network, was never told that they were left out.
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  outbox.offer(changeOf(all, 1, [aQuote()]), 0);
  wire.drain();
  outbox.offerSnapshot([...all.entries()], 1, 1);
  outbox.offer(changeOf(all, 2, [aQuote({ price: 2 })]), 2, () => ["shared"]);
  outbox.offer(changeOf(all, 3, [aQuote({ price: 3 })]), 3, () => ["shared"]);
  assert.deepEqual(wire.frames.slice(1), ["update 2 A=2 conflated 1", "shared"]);
});

/** So many entries, each with a symbol of its own. */
function many(count: number): readonly BookEntry[] {
  return [
    ...book(...Array.from({ length: count }, (_, n) => aQuote({ symbol: `S${n}` }))).entries(),
  ];
}

Deno.test("Outbox.pump() sends a large snapshot chunk by chunk, and marks the last", () => {
  // All chunks went in one turn of the event loop: one client's snapshot of 10,000 quotes with history kept
  // all others of its worker waiting for 20 to 170 ms, and it could ask again and again.
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const progress = () => [wire.frames.length, outbox.ready, outbox.totals.waiting];
  assert.equal(outbox.offerSnapshot(many(1001), 1, 0), "waiting");
  assert.deepEqual(progress(), [1, true, 501]);
  assert.equal(outbox.pump(1), "waiting");
  assert.deepEqual(progress(), [2, true, 1]);
  assert.equal(outbox.pump(2), "empty");
  assert.deepEqual(progress(), [3, false, 0]);
  assert.deepEqual(wire.frames.map((frame) => frame.endsWith("true")), [false, false, true]);
});

Deno.test("Outbox.offerSnapshot() makes chunks so much smaller as history makes quotes larger", () => {
  const quotesWith = (history: number) => {
    const wire = new Wire();
    new Outbox(wire, FRAMING, LIMITS).offerSnapshot(many(600), 1, 0, history);
    return wire.frames[0]?.split(",").length;
  };
  assert.deepEqual([0, 10, 100].map(quotesWith), [500, 250, 45]);
});

Deno.test("Outbox.offerSnapshot() takes the place of a snapshot that is under way", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  outbox.offerSnapshot(many(1001), 1, 0);
  outbox.offerSnapshot(many(2), 3, 1);
  assert.deepEqual(wire.frames.slice(1), ["snapshot 3 S0=1,S1=1 true"]);
  assert.equal(outbox.pump(2), "empty");
  assert.equal(wire.frames.length, 2);
});

Deno.test("Outbox.retain() leaves out of a snapshot under way what is no longer wanted, and completes it", () => {
  // Only updates were looked at: after unsubscribing from everything 59,500 quotes came.
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  outbox.offerSnapshot(many(1001), 1, 0);
  outbox.retain(({ symbol }) => ["S0", "S600", "S1000"].includes(symbol));
  assert.equal(outbox.totals.waiting, 2);
  assert.equal(outbox.pump(1), "empty");
  outbox.offerSnapshot(many(1001), 2, 2);
  outbox.retain(() => false);
  assert.deepEqual([outbox.pump(3), outbox.totals.waiting], ["empty", 0]);
  const [, some, , none, ...further] = wire.frames;
  assert.deepEqual([some, none, further], [
    "snapshot 1 S600=1,S1000=1 true",
    "snapshot 2  true",
    [],
  ]);
});

Deno.test("Outbox.ready is false while the network is what a snapshot waits for", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  wire.block();
  outbox.offerSnapshot(many(1), 1, 0);
  assert.deepEqual([outbox.ready, outbox.owesSnapshot], [false, true]);
  wire.drain();
  assert.deepEqual([outbox.ready, outbox.owesSnapshot], [true, true]);
  outbox.pump(1);
  assert.deepEqual([outbox.ready, outbox.owesSnapshot], [false, false]);
});

Deno.test("Outbox.offerSnapshot() completes an empty snapshot as well", () => {
  const wire = new Wire();
  new Outbox(wire, FRAMING, LIMITS).offerSnapshot([], 3, 0);
  assert.deepEqual(wire.frames, ["snapshot 3  true"]);
});

Deno.test("Outbox.pump() sends the newest quote in a snapshot that had to wait", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const prices = book(aQuote({ price: 1 }));
  wire.block();
  outbox.offerSnapshot([...prices.entries()], 1, 0);
  prices.apply([aQuote({ price: 5, id: 2 })], 2);
  wire.drain();
  outbox.pump(1);
  assert.deepEqual(wire.frames, ["snapshot 1 A=5 true"]);
});

Deno.test("Outbox.seq() stays behind while something waits, and catches up with the book after it", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  assert.equal(outbox.seq(10), 10);
  wire.block();
  outbox.offer(changeOf(all, 11, [aQuote()]), 0);
  assert.equal(outbox.seq(11), 10);
  wire.drain();
  outbox.pump(1);
  assert.equal(outbox.seq(12), 12);
});

Deno.test("Outbox.pump() lets only the last part of a large update carry the new sequence number", () => {
  // Were the first part to carry it, a client that loses the connection in between would resume behind
  // the second part and never get it.
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  const quotes = Array.from({ length: 501 }, (_, n) => aQuote({ symbol: `S${n}` }));
  outbox.offer({ ...changeOf(all, 9, quotes), fromSeq: 4 }, 0);
  wire.drain();
  outbox.pump(1);
  assert.deepEqual(wire.frames.map((frame) => frame.split(" ")[1]), ["4", "9"]);
});

Deno.test("Outbox.retain() drops what waits and is no longer wanted", () => {
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  outbox.offer(changeOf(all, 1, [aQuote(), aQuote({ symbol: "B" })]), 0);
  outbox.retain((quote) => quote.symbol === "B");
  wire.drain();
  outbox.pump(1);
  assert.deepEqual(wire.frames, ["update 1 B=1 conflated 0"]);
});

Deno.test("Outbox.totals counts what was conflated when it happens, told or not", () => {
  // Only what the client had been told counted: nothing for as long as it stalled, and nothing of it for
  // good when it was dropped for that.
  const wire = new Wire();
  const outbox = new Outbox(wire, FRAMING, LIMITS);
  const all = new Book();
  wire.block();
  for (let seq = 1; seq <= 3; seq++) outbox.offer(changeOf(all, seq, [aQuote({ price: seq })]), 0);
  assert.equal(outbox.totals.conflated, 2);
  outbox.offerSnapshot([...all.entries()], 3, 0);
  assert.equal(outbox.totals.conflated, 3, "a snapshot takes the place of what waits");
  assert.equal(outbox.pump(1001), "too_slow");
  assert.equal(outbox.totals.conflated, 3);
});
