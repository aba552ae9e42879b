import assert from "node:assert/strict";
import * as v from "valibot";
import { aQuote, changeOf } from "../../tests/support/quotes.ts";
import { Wire } from "../../tests/support/wire.ts";
import { Book } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";
import { heartbeatFrame } from "./frames.ts";
import { Lease } from "./lease.ts";
import { serverMessageSchema } from "./protocol.ts";
import { Selections } from "./selections.ts";
import { SharedDocument } from "./shared_document.ts";
import { SharedFrames } from "./shared_frames.ts";
import { SharedSnapshots } from "./shared_snapshots.ts";
import { JSON_ENCODING } from "./v1_encoding.ts";
import { Subscription } from "./subscription.ts";
import { V1Session } from "./v1_session.ts";

const LIMITS = { sendBufferBytesMax: 10_000, slowClientDeadlineMs: 1000 };
const FEED: FeedStatus = { status: "live", mode: "listen", ageMs: 5 };

/** A worker whose book the test moves, and one client of it. */
class Stage {
  readonly view = { book: new Book(), epoch: "e", seq: 0, feed: () => FEED };
  readonly wire = new Wire();
  readonly selections = new Selections();
  readonly session: V1Session;
  nowMs = 0;

  constructor() {
    const { view } = this;
    const snapshots = new SharedSnapshots(view);
    const context = {
      view,
      snapshots,
      selections: this.selections,
      encoding: JSON_ENCODING,
      limits: LIMITS,
      stats: () => ({}),
    };
    this.session = new V1Session(this.wire, context, Lease.open, () => {});
    this.session.start(0);
  }

  ask(request: Record<string, unknown>): void {
    this.session.receive(JSON.stringify({ id: 1, symbols: "*", ...request }), this.nowMs);
  }

  change(...quotes: Quote[]): void {
    const change = changeOf(this.view.book, this.view.seq + 1, quotes);
    this.view.seq = change.seq;
    const frames = new SharedFrames(change, (selection) => this.selections.isLone(selection));
    this.session.deliver(change, frames, this.nowMs);
  }

  beat(): void {
    const shared = new SharedDocument(() => heartbeatFrame(this.view.seq, FEED));
    this.session.heartbeat(shared, this.nowMs);
  }

  /** Type, position and prices of what has been sent since the last look, but for greetings. */
  sent(): unknown[][] {
    const messages = this.wire.documents.map((one) => v.parse(serverMessageSchema, one));
    this.wire.frames.length = 0;
    return messages.flatMap((message) => {
      switch (message.type) {
        case "resumed":
          return [["resumed", message.to, message.kind]];
        case "heartbeat":
          return [["heartbeat", message.seq]];
        case "error":
          return [["error", message.code]];
        case "pong":
          return [["pong"]];
        case "snapshot":
        case "update":
          return [[message.type, message.seq, ...message.quotes.map(({ price }) => price)]];
        default:
          return [];
      }
    });
  }
}

Deno.test("V1Session resumes a client that is ahead of its worker, and sends it nothing that it has", () => {
  // A client came from a worker that was faster, was answered with a snapshot as if the epoch had
  // changed, and saw position and prices go back. Found by the simulation, seed 15.
  const on = new Stage();
  on.change(aQuote({ id: 1, price: 1 }));
  on.ask({ type: "resume", epoch: "e", seq: 3 });
  on.beat();
  on.change(aQuote({ id: 2, price: 2 }));
  on.change(aQuote({ id: 3, price: 3 }));
  assert.deepEqual(on.sent(), [["resumed", 3, "delta"], ["heartbeat", 3]]);
  on.change(aQuote({ id: 4, price: 4 }));
  on.beat();
  assert.deepEqual(on.sent(), [["update", 4, 4], ["heartbeat", 4]]);
});

Deno.test("V1Session catches up with a client that is ahead, even when its worker takes several steps at once", () => {
  const on = new Stage();
  on.ask({ type: "resume", epoch: "e", seq: 2 });
  on.view.book.apply([aQuote({ symbol: "OLD", price: 1 })], 1);
  on.view.book.apply([aQuote({ symbol: "NEW", price: 9 })], 3);
  on.view.seq = 3;
  on.beat();
  assert.deepEqual(on.sent(), [["resumed", 2, "delta"], ["update", 3, 9], ["heartbeat", 3]]);
});

Deno.test("V1Session owes a client that is ahead the snapshot of what it asks for meanwhile", () => {
  const on = new Stage();
  on.change(aQuote({ id: 1, price: 1 }));
  on.ask({ type: "resume", epoch: "e", seq: 2, symbols: ["B"] });
  on.ask({ type: "subscribe", symbols: ["A"] });
  assert.deepEqual(on.sent(), [["resumed", 2, "delta"]]);
  on.change(aQuote({ id: 2, price: 2 }));
  assert.deepEqual(on.sent(), [["snapshot", 2, 2]]);
});

Deno.test("V1Session starts over with a client whose position its worker does not reach in time", () => {
  const on = new Stage();
  on.change(aQuote({ price: 1 }));
  on.ask({ type: "resume", epoch: "e", seq: Number.MAX_SAFE_INTEGER });
  on.nowMs = 11_000;
  on.beat();
  assert.deepEqual(on.sent().slice(1), [["snapshot", 1, 1], ["heartbeat", 1]]);
});

Deno.test("V1Session starts over when the epoch changes under a client that is ahead", () => {
  const on = new Stage();
  on.ask({ type: "resume", epoch: "e", seq: 2 });
  on.view.epoch = "f";
  on.session.reset(0);
  on.change(aQuote({ price: 7 }));
  assert.deepEqual(on.sent(), [["resumed", 2, "delta"], ["snapshot", 0], ["update", 1, 7]]);
});

Deno.test("V1Session names a new epoch before it states a position in it", () => {
  // A snapshot waited for a slow client, and a heartbeat that found the socket drained went ahead of it:
  // with a position of the new epoch, to a client that knew the old one alone. Found by the simulation,
  // seed 17181.
  const on = new Stage();
  on.change(aQuote({ price: 1 }));
  on.ask({ type: "subscribe" });
  on.view.epoch = "f";
  on.view.seq = 0;
  on.wire.bufferedAmount = LIMITS.sendBufferBytesMax;
  on.session.reset(0);
  on.beat();
  assert.deepEqual(on.sent(), [["snapshot", 1, 1]]);
  on.wire.bufferedAmount = 0;
  on.beat();
  assert.deepEqual(on.sent(), []);
  on.session.pump(0);
  on.beat();
  assert.deepEqual(on.sent(), [["snapshot", 0, 1], ["heartbeat", 0]]);
});

Deno.test("V1Session states no position within a snapshot that it begins of itself", () => {
  // A heartbeat between its parts named a position of the new epoch: whoever lost the connection then and
  // resumed there never got the rest. Found by the simulation, seed 20.
  const on = new Stage();
  on.change(...Array.from({ length: 501 }, (_, n) => aQuote({ symbol: `S${n}` })));
  on.ask({ type: "subscribe" });
  on.session.pump(0);
  on.view.epoch = "f";
  on.session.reset(0);
  on.sent();
  on.beat();
  assert.deepEqual(on.sent(), []);
  on.session.pump(0);
  on.beat();
  assert.deepEqual(on.sent().map(([kind, seq]) => [kind, seq]), [["snapshot", 1], [
    "heartbeat",
    1,
  ]]);
});

Deno.test("V1Session changes its subscription 20 times at once and 5 times a second, and answers pings all the same", () => {
  // Each request cost a snapshot, up to 100 times a second, for a client that reads nothing of it.
  const on = new Stage();
  on.change(aQuote());
  const count = (what: string) => on.sent().filter((sent) => String(sent).startsWith(what)).length;
  for (let n = 0; n < 100; n += 1) on.ask({ type: "subscribe" });
  assert.equal(count("snapshot"), 20);
  on.ask({ type: "unsubscribe", symbols: "*" });
  on.ask({ type: "resume", epoch: "e", seq: 1 });
  on.ask({ type: "ping" });
  assert.deepEqual(on.sent(), [["error", "rate_limited"], ["error", "rate_limited"], ["pong"]]);
  on.nowMs = 1000;
  for (let n = 0; n < 100; n += 1) on.ask({ type: "subscribe" });
  assert.equal(count("snapshot"), 5);
});

Deno.test("V1Session sends heartbeats between the parts of its snapshot, with the position before it", () => {
  const on = new Stage();
  const quotes = Array.from({ length: 1001 }, (_, n) => aQuote({ symbol: `S${n}` }));
  on.change(...quotes);
  on.ask({ type: "subscribe" });
  on.change(aQuote({ symbol: "S0", price: 2 }));
  on.beat();
  assert.equal(on.session.ready, true);
  const kinds = () => on.sent().map((sent) => String(sent).split(",").slice(0, 2).join(" "));
  assert.deepEqual(kinds(), ["snapshot 1", "heartbeat 1"]);
  on.session.pump(0);
  on.session.pump(0);
  on.beat();
  assert.deepEqual(kinds(), ["snapshot 1", "snapshot 1", "update 2", "heartbeat 2"]);
});

Deno.test("V1Session says what it selects from its subscription to its end", () => {
  const stage = new Stage();
  assert.equal(stage.selections.size, 0);
  stage.ask({ type: "subscribe", symbols: ["AAPL"] });
  stage.ask({ type: "subscribe", symbols: ["MSFT"] });
  assert.equal(stage.selections.size, 1);
  assert.ok(stage.selections.isLone(Subscription.of({ symbols: ["AAPL", "MSFT"] }).selection));
  stage.session.ended();
  assert.equal(stage.selections.size, 0);
});
