import assert from "node:assert/strict";
import { aQuote, changeOf } from "../../tests/support/quotes.ts";
import { Wire } from "../../tests/support/wire.ts";
import { Book } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";
import { deflateFrame } from "./deflate_frame.ts";
import { heartbeatFrame } from "./frames.ts";
import { Selections } from "./selections.ts";
import { SharedDocument } from "./shared_document.ts";
import { SharedFrames } from "./shared_frames.ts";
import { SharedSnapshots } from "./shared_snapshots.ts";
import { SharedStreams } from "./shared_streams.ts";
import { deflateEncoding, JSON_ENCODING, type V1Encoding, v1Encoding } from "./v1_encoding.ts";
import { Lease } from "./lease.ts";
import { V1Session } from "./v1_session.ts";

const LIMITS = { sendBufferBytesMax: 1000, slowClientDeadlineMs: 1000 };
const FEED: FeedStatus = { status: "live", mode: "listen", ageMs: 5 };

/** A worker's book and what its sessions share. */
class Worker {
  readonly view = { book: new Book(), epoch: "e", seq: 0, feed: () => FEED };
  readonly snapshots = new SharedSnapshots(this.view);
  readonly selections = new Selections();
  readonly #sessions: V1Session[] = [];

  /** A client that has subscribed. */
  subscribe(encoding: V1Encoding, wire = new Wire(), symbols: string[] | "*" = "*"): Wire {
    const { view, snapshots, selections } = this;
    const context = { view, snapshots, selections, encoding, limits: LIMITS, stats: () => ({}) };
    const session = new V1Session(wire, context, Lease.open, () => {});
    session.start(0);
    session.receive(JSON.stringify({ type: "subscribe", id: 1, symbols }), 0);
    this.#sessions.push(session);
    return wire;
  }

  change(quotes: Quote[]): void {
    const change = changeOf(this.view.book, this.view.seq + 1, quotes);
    this.view.seq = change.seq;
    const frames = new SharedFrames(change, (selection) => this.selections.isLone(selection));
    for (const session of this.#sessions) session.deliver(change, frames, 0);
  }

  /** As when the book is replaced by that of another run. */
  replace(epoch: string, quotes: Quote[]): void {
    this.view.epoch = epoch;
    this.view.seq = 0;
    this.view.book = new Book();
    this.view.book.apply(quotes, 0);
    for (const session of this.#sessions) session.reset(0);
  }

  beat(): void {
    const shared = new SharedDocument(() => heartbeatFrame(this.view.seq, FEED));
    for (const session of this.#sessions) session.heartbeat(shared, 0);
  }

  pump(): void {
    for (const session of this.#sessions) session.pump(0);
  }
}

/** Compresses, and keeps the type of each document. */
function counting(): { encoding: V1Encoding; types: string[] } {
  const types: string[] = [];
  const encoding = v1Encoding("counting", (document) => {
    types.push(JSON.parse(document).type);
    return deflateFrame(document);
  });
  return { encoding, types };
}

function quotes(count: number, price: number): Quote[] {
  return Array.from({ length: count }, (_, n) => aQuote({ symbol: `S${n}`, price, id: price }));
}

Deno.test("V1Session sends compressed just what it would have sent as text", () => {
  const worker = new Worker();
  worker.change(quotes(3, 1));
  const text = worker.subscribe(JSON_ENCODING);
  const bytes = worker.subscribe(counting().encoding);
  worker.change(quotes(2, 2));
  worker.beat();
  const comparable = ({ documents }: Wire) =>
    documents.map((document) => ({ ...document, session: "", server_time: 0 }));
  assert.deepEqual(comparable(bytes), comparable(text));
  assert.ok(bytes.frames.every((frame) => frame instanceof Uint8Array));
});

Deno.test("V1Session goes on with its stream after a new epoch's snapshot", () => {
  const worker = new Worker();
  const encoding = deflateEncoding(new SharedStreams(() => 0));
  const [one, two] = [worker.subscribe(encoding), worker.subscribe(encoding)];
  worker.change(quotes(2, 1));
  worker.replace("f", quotes(2, 2));
  worker.change(quotes(2, 3));
  assert.deepEqual(one.documents.map(({ type }) => type), [
    ...["hello", "ack", "snapshot", "update"],
    ...["snapshot", "update"],
  ]);
  assert.deepEqual(prices(one.documents.at(-1)), [3, 3]);
  assert.deepEqual(kinds(one), [0, 0, 0, 2, 0, 1]);
  assert.deepEqual(two.documents.at(-1), one.documents.at(-1));
});

Deno.test("V1Session sends alone what it kept for a slow client, and has it join the stream again", () => {
  const worker = new Worker();
  let nowMs = 0;
  const encoding = deflateEncoding(new SharedStreams(() => nowMs));
  const [quick, slow] = [worker.subscribe(encoding), worker.subscribe(encoding)];
  worker.change(quotes(2, 1));
  slow.bufferedAmount = LIMITS.sendBufferBytesMax;
  worker.change(quotes(2, 2));
  worker.change(quotes(2, 3));
  slow.bufferedAmount = 0;
  worker.pump();
  worker.change(quotes(2, 4));
  nowMs = 1000;
  worker.change(quotes(2, 5));
  worker.change(quotes(2, 6));
  const updates = slow.documents.filter(({ type }) => type === "update");
  assert.deepEqual(updates.map(prices), [[1, 1], [3, 3], [4, 4], [5, 5], [6, 6]]);
  assert.deepEqual(kinds(slow).slice(3), [2, 0, 0, 2, 1]);
  assert.deepEqual(kinds(quick).slice(3), [2, 1, 1, 1, 2, 1]);
  assert.deepEqual(quick.documents.at(-1), slow.documents.at(-1));
});

Deno.test("V1Session has updates, heartbeats and snapshots compressed once for all who share them", () => {
  const worker = new Worker();
  worker.change(quotes(501, 1));
  const { encoding, types } = counting();
  for (let n = 0; n < 5; n++) worker.subscribe(encoding);
  worker.pump();
  worker.change(quotes(2, 2));
  worker.beat();
  const count = (type: string) => types.filter((candidate) => candidate === type).length;
  assert.deepEqual([count("snapshot"), count("update"), count("heartbeat")], [2, 1, 1]);
});

Deno.test("SharedSnapshots never share what an earlier position of the book said", () => {
  const worker = new Worker();
  worker.change(quotes(2, 1));
  worker.subscribe(JSON_ENCODING);
  const late = new Wire();
  late.bufferedAmount = LIMITS.sendBufferBytesMax;
  worker.subscribe(JSON_ENCODING, late);
  worker.change(quotes(2, 2));
  const snapshot = worker.subscribe(JSON_ENCODING).documents.at(-1);
  late.bufferedAmount = 0;
  worker.pump();
  const [ofLate] = late.documents.filter(({ type }) => type === "snapshot");
  assert.deepEqual([snapshot?.seq, prices(snapshot)], [2, [2, 2]]);
  // Under the position that it was asked at, with what holds now.
  assert.deepEqual([ofLate?.seq, prices(ofLate)], [1, [2, 2]]);
});

Deno.test("SharedSnapshots leave nothing out for clients that name the same symbols in other orders", () => {
  // Were only the selection what chunks are shared by, the second client would get the first chunk of one
  // order and the second of the other.
  const worker = new Worker();
  const all = quotes(600, 1);
  worker.change(all);
  const symbols = all.map(({ symbol }) => symbol);
  const slow = new Wire();
  slow.bufferedAmount = LIMITS.sendBufferBytesMax;
  worker.subscribe(JSON_ENCODING, slow, symbols);
  const quick = worker.subscribe(JSON_ENCODING, new Wire(), symbols.toReversed());
  slow.bufferedAmount = 0;
  worker.pump();
  worker.pump();
  for (const wire of [slow, quick]) {
    const got = wire.documents.filter(({ type }) => type === "snapshot").flatMap(symbolsOf);
    assert.deepEqual(new Set(got), new Set(symbols));
    assert.equal(got.length, symbols.length);
  }
});

Deno.test("SharedSnapshots keep no more than they may, and serve beyond it", () => {
  const worker = new Worker();
  worker.change(quotes(600, 1));
  const snapshots = new SharedSnapshots(worker.view, { listsMax: 1, frameBytesMax: 10 });
  const { encoding, types } = counting();
  const list = [...worker.view.book.entries()];
  const chunk = { list, start: 0, end: 500, seq: 1 };
  assert.deepEqual(snapshots.frame(chunk, 0, encoding), snapshots.frame(chunk, 0, encoding));
  assert.equal(types.length, 2);
});

function prices(document: Record<string, unknown> | undefined): unknown[] {
  assert.ok(Array.isArray(document?.quotes));
  return document.quotes.map(({ price }) => price);
}

/** First bytes of the frames. */
function kinds({ frames }: Wire): unknown[] {
  return frames.map((frame) => frame instanceof Uint8Array ? frame[0] : frame);
}

function symbolsOf(document: Record<string, unknown>): string[] {
  assert.ok(Array.isArray(document.quotes));
  return document.quotes.map(({ symbol }) => symbol);
}
