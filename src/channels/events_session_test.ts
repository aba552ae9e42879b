import assert from "node:assert/strict";
import { aQuote, changeOf } from "../../tests/support/quotes.ts";
import { Wire } from "../../tests/support/wire.ts";
import { Book } from "../price/book.ts";
import type { Quote } from "../price/quote.ts";
import { SharedFrames } from "../session/shared_frames.ts";
import { Lease } from "../session/lease.ts";
import { EventsSession } from "./events_session.ts";
import { timedFrames, type Topic } from "./topics.ts";

const LIMITS = { sendBufferBytesMax: 100, slowClientDeadlineMs: 1000 };
const FRAMES = timedFrames(() => ({}));

function sessionOver(wire: Wire, topics: Topic[], ends: string[] = []): EventsSession {
  const book = new Book();
  book.apply([aQuote()], 1);
  const view = {
    book,
    epoch: "e",
    seq: 1,
    feed: () => ({ status: "live", mode: "poll", ageMs: 0 }) as const,
  };
  return new EventsSession(
    wire,
    { view, limits: LIMITS, stats: () => ({}) },
    { topics: new Set(topics), lease: Lease.open },
    ({ code }, detail) => ends.push(`${code} ${detail}`),
  );
}

function topicsSent(wire: Wire): unknown[] {
  return wire.documents.map(({ topic }) => topic);
}

function deliver(session: EventsSession, book: Book, nowMs: number, quote: Quote): void {
  const change = changeOf(book, nowMs + 1, [quote]);
  session.deliver(change, new SharedFrames(change), nowMs);
}

Deno.test("EventsSession.start() sends what was chosen, and nothing else", () => {
  const wire = new Wire();
  sessionOver(wire, ["stats", "prices"]).start(0);
  assert.deepEqual(topicsSent(wire), ["stats", "prices"]);
});

Deno.test("EventsSession.tick() is left out right behind the start, and sends from then on", () => {
  const wire = new Wire();
  const session = sessionOver(wire, ["random"]);
  session.start(0);
  session.tick(FRAMES, 499);
  assert.equal(wire.frames.length, 1);
  session.tick(FRAMES, 1499);
  session.tick(FRAMES, 2490);
  assert.equal(wire.frames.length, 3);
});

Deno.test("EventsSession.tick() skips a client whose network is blocked", () => {
  const wire = new Wire();
  const session = sessionOver(wire, ["random"]);
  wire.bufferedAmount = 100;
  session.tick(FRAMES, 0);
  wire.bufferedAmount = 0;
  session.tick(FRAMES, 1000);
  assert.equal(wire.frames.length, 1);
});

Deno.test("EventsSession.deliver() conflates for a client whose network is blocked", () => {
  const wire = new Wire();
  const session = sessionOver(wire, ["prices"]);
  const book = new Book();
  wire.bufferedAmount = 100;
  deliver(session, book, 0, aQuote({ price: 2 }));
  deliver(session, book, 1, aQuote({ price: 3 }));
  assert.deepEqual(wire.frames, []);
  wire.bufferedAmount = 0;
  session.pump(2);
  assert.equal(session.waiting, false);
  assert.deepEqual(wire.documents.map(({ payload }) => Object(payload).price), [3]);
  assert.deepEqual(session.totals, { delivered: 1, conflated: 1, waiting: 0 });
});

Deno.test("EventsSession.deliver() is nothing to a client that did not choose prices", () => {
  const wire = new Wire();
  deliver(sessionOver(wire, ["random"]), new Book(), 0, aQuote());
  assert.deepEqual(wire.frames, []);
});

Deno.test("EventsSession.pump() lets a client go that stays blocked past the deadline, whatever it chose", () => {
  const wire = new Wire();
  const ends: string[] = [];
  const session = sessionOver(wire, ["random"], ends);
  wire.bufferedAmount = 100;
  session.pump(0);
  assert.equal(session.waiting, true);
  session.pump(1001);
  assert.deepEqual(ends, ["4008 stopped reading"]);
});

Deno.test("EventsSession.pump() keeps a client that reads, however much there is to read", () => {
  // The socket was looked at right after the outbox had filled it again, so that a busy reader seemed to
  // have read nothing for the whole deadline, and was let go.
  class FillingWire extends Wire {
    override send(frame: string | ArrayBuffer): void {
      super.send(frame);
      this.bufferedAmount += 200;
    }
  }
  const wire = new FillingWire();
  const ends: string[] = [];
  const session = sessionOver(wire, ["prices"], ends);
  const book = new Book();
  session.start(0);
  for (let nowMs = 20; nowMs <= 3000; nowMs += 20) {
    deliver(session, book, nowMs, aQuote({ price: nowMs }));
    wire.bufferedAmount = 0;
    session.pump(nowMs);
  }
  assert.deepEqual(ends, []);
});
