import assert from "node:assert/strict";
import { Backbone } from "../../src/backbone/backbone.ts";
import { readBackbone } from "../../src/backbone_config.ts";
import { Audience } from "../../src/cluster/audience.ts";
import { Broadcaster } from "../../src/cluster/broadcaster.ts";
import {
  encodeBookRequest,
  encodeLeaderMessage,
  FEED_SUBJECTS,
} from "../../src/cluster/feed_message.ts";
import { Follower } from "../../src/cluster/follower.ts";
import { LeaderLock } from "../../src/db/leader_lock.ts";
import { EnvReader } from "../../src/env.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import type { Quote } from "../../src/price/quote.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { LogRecords } from "../support/log_records.ts";
import { testNats } from "../support/nats.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { aQuote } from "../support/quotes.ts";
import { environmentOf } from "../support/settings.ts";
import { waitFor } from "../support/wait_for.ts";

const LIVE = { status: "live", mode: "listen", ageMs: 0 } as const;

/** A hub of one server, and its connection to the others. */
class Peer implements AsyncDisposable {
  readonly hub = new HubPublisher("listen", { channelName: `test ${crypto.randomUUID()}` });
  readonly counters = new SharedMetrics(0).main;
  readonly backbone: Backbone;

  private constructor(backbone: Backbone) {
    this.backbone = backbone;
  }

  static async connect(url: string): Promise<Peer> {
    const config = readBackbone(new EnvReader(environmentOf({ BACKBONE: url })));
    assert.ok(config !== undefined);
    const backbone = await Backbone.open(config, "quotewire test");
    await waitFor("the backbone", () => backbone.state === "up");
    return new Peer(backbone);
  }

  /** Leads under that term; its hub's batches are said from here on. */
  lead(term: number): Broadcaster {
    const { hub, backbone, counters } = this;
    return new Broadcaster({ hub, backbone, counters, term });
  }

  /** Follows whoever leads. */
  follow(now?: () => number): Follower {
    const follower = new Follower(
      this.backbone,
      {
        onBook: (book) => this.hub.adopt(book),
        onBatch: (seq, quotes) => this.hub.follow(seq, quotes),
        onStatus: (feed) => this.hub.publishStatus(feed),
      },
      this.counters,
      now,
    );
    this.backbone.subscribe(FEED_SUBJECTS.feed, ({ payload }) => {
      const message = follower.receive(payload);
      if (message !== undefined) follower.follow(message);
    });
    return follower;
  }

  /** Everything that its book says, as text. */
  get contents(): string {
    const { epoch, seq, book } = this.hub;
    return JSON.stringify([
      epoch,
      seq,
      [...book.entries()].map(({ quote, history, seq: at }) => {
        return [quote, history, at];
      }),
    ]);
  }

  price(symbol = "A"): number | undefined {
    return [...this.hub.book.entries()].find((entry) => entry.symbol === symbol)?.quote.price;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hub.close();
    await this.backbone.close();
  }
}

/** The price `id`; later ones are newer. */
function priced(id: number, symbol = "A"): Quote {
  return aQuote({ symbol, id, price: id, timestamp: 1000 + id });
}

/** Waits until two servers hold the same under the same numbers; what is said twice harms nobody. */
async function untilEqual(leader: Peer, broadcaster: Broadcaster, follower: Peer): Promise<void> {
  await waitFor("the follower to have what the leader has", () => {
    broadcaster.status(LIVE);
    return follower.contents === leader.contents;
  });
}

Deno.test("A follower has the leader's prices, history and numbers", async () => {
  await using nats = await testNats();
  await using leader = await Peer.connect(nats.url);
  await using follower = await Peer.connect(nats.url);
  leader.hub.begin([priced(1), priced(2), priced(1, "B")]);
  using broadcaster = closing(leader.lead(1));
  using _following = closing(follower.follow());
  await untilEqual(leader, broadcaster, follower);
  leader.hub.publish([priced(3), priced(4), priced(2, "C")]);
  leader.hub.publish([priced(5)]);
  await untilEqual(leader, broadcaster, follower);
  assert.equal(follower.hub.seq, 2);
  assert.equal(follower.counters.value("backbone_books"), 1);
});

Deno.test("A follower that has missed batches notices by the numbers and takes the book", async () => {
  await using nats = await testNats();
  await using proxy = await FaultProxy.start(nats.url);
  await using leader = await Peer.connect(nats.url);
  await using follower = await Peer.connect(proxy.url);
  leader.hub.begin([priced(1)]);
  using broadcaster = closing(leader.lead(1));
  using _following = closing(follower.follow());
  await untilEqual(leader, broadcaster, follower);
  const { epoch } = follower.hub;
  proxy.reset();
  await waitFor("the cut", () => follower.backbone.state === "down");
  for (let id = 2; id < 10; id += 1) leader.hub.publish([priced(id), priced(id, "B")]);
  await untilEqual(leader, broadcaster, follower);
  assert.equal(follower.hub.epoch, epoch);
  assert.equal(follower.counters.value("backbone_gaps"), 1);
});

Deno.test("A book that no message could hold comes in parts, with the batches that were said meanwhile", async () => {
  await using nats = await testNats();
  await using leader = await Peer.connect(nats.url);
  await using follower = await Peer.connect(nats.url);
  const symbols = Array.from({ length: 1000 }, (_, index) => `SYMBOL${index}`);
  const past = Array.from(
    { length: 100 },
    (_, id) => symbols.map((symbol) => priced(id + 1, symbol)),
  );
  leader.hub.begin(past.flat());
  using broadcaster = closing(leader.lead(1));
  using _following = closing(follower.follow());
  let id = 200;
  await waitFor("all parts", () => {
    leader.hub.publish([priced(id, symbols[id % 1000]), priced(id, `NEW${id}`)]);
    id += 1;
    return follower.counters.value("backbone_books") > 0;
  });
  await untilEqual(leader, broadcaster, follower);
  assert.ok(leader.counters.value("backbone_parts_sent") > 3);
});

Deno.test("A leader that was replaced goes unheard, until its successor has been silent for long", async () => {
  await using nats = await testNats();
  await using old = await Peer.connect(nats.url);
  await using next = await Peer.connect(nats.url);
  await using follower = await Peer.connect(nats.url);
  let nowMs = 0;
  old.hub.begin([priced(1)]);
  next.hub.begin([priced(2)]);
  using oldVoice = closing(old.lead(7));
  using nextVoice = closing(next.lead(8));
  using following = closing(follower.follow(() => nowMs));
  await untilEqual(next, nextVoice, follower);
  old.hub.publish([priced(3)]);
  oldVoice.status(LIVE);
  next.hub.publish([priced(4, "B")]);
  await untilEqual(next, nextVoice, follower);
  assert.equal(follower.price(), 2);
  assert.equal(follower.counters.value("backbone_books"), 1);
  assert.equal(following.term, 8);
  await untilHolds("the old leader to be heard", oldVoice, () => {
    // Again and again, because the successor's last words may come late.
    nowMs += 60_000;
    return follower.price() === 3;
  });
  assert.equal(follower.hub.epoch, old.hub.epoch);
});

Deno.test("A follower keeps what is newer than the leader's, and sends it whoever resumes", async () => {
  await using nats = await testNats();
  await using leader = await Peer.connect(nats.url);
  await using follower = await Peer.connect(nats.url);
  leader.hub.begin([priced(1), priced(5, "B")]);
  follower.hub.begin([priced(4), priced(1, "B"), priced(1, "C")]);
  using broadcaster = closing(leader.lead(1));
  using _following = closing(follower.follow());
  await untilHolds("the book", broadcaster, () => follower.hub.epoch === leader.hub.epoch);
  assert.deepEqual([follower.price("A"), follower.price("B"), follower.price("C")], [4, 5, 1]);
  const seqs = [...follower.hub.book.entries()].map(({ symbol, seq }) => [symbol, seq > 1_000_000]);
  assert.deepEqual(Object.fromEntries(seqs), { A: true, B: false, C: true });
  leader.hub.publish([priced(6)]);
  await untilHolds("the leader's next", broadcaster, () => follower.price() === 6);
  const [first] = [...follower.hub.book.entries()].filter(({ symbol }) => symbol === "A");
  assert.equal(first?.seq, leader.hub.seq);
});

Deno.test("A follower goes on when it hears what no leader of its version says", async () => {
  await using nats = await testNats();
  await using leader = await Peer.connect(nats.url);
  await using stranger = await Peer.connect(nats.url);
  await using follower = await Peer.connect(nats.url);
  leader.hub.begin([priced(1)]);
  using broadcaster = closing(leader.lead(1));
  using _following = closing(follower.follow());
  await untilEqual(leader, broadcaster, follower);
  const head = { term: 9, epoch: leader.hub.epoch, seq: 1 };
  const batch = encodeLeaderMessage({ kind: "batch", ...head, quotes: [priced(2)] });
  const text = new TextDecoder().decode(batch);
  for (
    const said of [
      "",
      "{",
      "null",
      "[]",
      '{"v":1}',
      text.replace('"v":1', '"v":2'),
      text.replace('"v":1', '"v":"1"'),
      text.replace('"A"', '""'),
      text.replace('"A"', `"${"A".repeat(33)}"`),
      text.replace("[2,", "[-2,").replace(",2,", ",-2,"),
      text.replace('"seq":1', '"seq":1e400'),
      text.replace('"batch"', '"other"'),
      text.replace(/"epoch":"[^"]*"/, '"epoch":"x"'),
    ]
  ) {
    assert.notEqual(said, text);
    assert.ok(stranger.backbone.publish(FEED_SUBJECTS.feed, new TextEncoder().encode(said)));
    assert.ok(stranger.backbone.publish(FEED_SUBJECTS.book, new TextEncoder().encode(said)));
  }
  assert.ok(stranger.backbone.publish(FEED_SUBJECTS.feed, new Uint8Array([0xff, 0xfe])));
  leader.hub.publish([priced(3)]);
  await untilEqual(leader, broadcaster, follower);
  assert.equal(follower.counters.value("backbone_books"), 1);
});

// Each was a line in the leader's log, for whoever is on NATS.
Deno.test("A leader says a few times a minute that it is asked what it does not understand", async () => {
  await using records = await LogRecords.keep();
  await using nats = await testNats();
  await using leader = await Peer.connect(nats.url);
  await using stranger = await Peer.connect(nats.url);
  leader.hub.begin([priced(1)]);
  const { epoch } = leader.hub;
  {
    using _broadcaster = closing(leader.lead(1));
    const question = encodeBookRequest({ epoch, from: 0 });
    const book = () => stranger.backbone.request(FEED_SUBJECTS.book, question, 5000);
    await waitFor("the leader to be there", () => book().then(() => true, () => false));
    for (let n = 0; n < 20; n += 1) {
      assert.ok(stranger.backbone.publish(FEED_SUBJECTS.book, new TextEncoder().encode("{")));
    }
    // NATS keeps the order: this answer comes after the rest.
    await book();
    assert.equal(records.of("cluster_bad_request").length, 5);
  }
  assert.deepEqual(records.of("log_lines_left_out").map(({ count }) => count), [15]);
});

// A leader takes a term above all that it has heard, and above this one there is none that a message may
// carry: whoever was elected after it went unheard, until all servers were started again.
Deno.test("A follower heeds no term that is far from any clock's", async () => {
  await using nats = await testNats();
  await using leader = await Peer.connect(nats.url);
  await using stranger = await Peer.connect(nats.url);
  await using follower = await Peer.connect(nats.url);
  const term = Date.now();
  leader.hub.begin([priced(1)]);
  using broadcaster = closing(leader.lead(term));
  using following = closing(follower.follow());
  await untilEqual(leader, broadcaster, follower);
  const said = { kind: "status", epoch: crypto.randomUUID(), seq: 0, feed: LIVE } as const;
  for (const far of [Number.MAX_SAFE_INTEGER, term + 25 * 3_600_000]) {
    const words = encodeLeaderMessage({ ...said, term: far });
    assert.ok(stranger.backbone.publish(FEED_SUBJECTS.feed, words));
  }
  const last = encodeLeaderMessage({ ...said, term: term + 1 });
  await waitFor("the last of the stranger's words", () => {
    assert.ok(stranger.backbone.publish(FEED_SUBJECTS.feed, last));
    return following.term > term;
  });
  assert.equal(following.term, term + 1);
});

Deno.test("Audience.sessionsMax() is that of the fullest server", async () => {
  await using nats = await testNats();
  await using first = await Peer.connect(nats.url);
  await using second = await Peer.connect(nats.url);
  const stop = new AbortController();
  const audience = new Audience(first.backbone, () => 3);
  const running = [audience, new Audience(second.backbone, () => 8)].map((one) =>
    one.run(stop.signal)
  );
  await waitFor("the other one", () => audience.sessionsMax() === 8);
  assert.equal(audience.servers, 2);
  stop.abort();
  await Promise.all(running);
});

Deno.test("LeaderLock.take() gives the lock to one, and to the next when that one's connection is gone", async () => {
  await using database = await testDatabase();
  using first = closing(new LeaderLock(database.url, "a"));
  using second = closing(new LeaderLock(database.url, "a"));
  using other = closing(new LeaderLock(database.url, "b"));
  const term = await first.take();
  assert.ok(term !== undefined && Number.isSafeInteger(term));
  assert.equal(await second.take(), undefined);
  assert.ok(await other.take() !== undefined, "another name is another lock");
  assert.equal(await first.holds(), true);
  await query(
    database.url,
    (sql) =>
      sql`SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND granted AND database = (
        SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const next = await waitFor("the lock", async () => await second.take());
  assert.ok(next >= term);
  assert.equal(await stillHolds(first), false);
  assert.equal(await first.take(), undefined);
});

Deno.test("LeaderLock.holds() rejects when Postgres does not answer, and gives the lock up", async () => {
  await using database = await testDatabase();
  await using proxy = await FaultProxy.start(database.url);
  using lock = closing(new LeaderLock(proxy.url, "a"));
  using other = closing(new LeaderLock(database.url, "a"));
  assert.ok(await lock.take() !== undefined);
  proxy.mute();
  await assert.rejects(lock.holds(), /must end within/);
  await proxy.restore();
  assert.ok(await waitFor("the lock", async () => await other.take()));
});

/** What closes at the end of the block. */
function closing<T extends { close(): void }>(closable: T): T & Disposable {
  return Object.assign(closable, { [Symbol.dispose]: () => closable.close() });
}

async function untilHolds(
  what: string,
  broadcaster: Broadcaster,
  holds: () => boolean,
): Promise<void> {
  await waitFor(what, () => {
    broadcaster.status(LIVE);
    return holds();
  });
}

/** A connection that was ended may show as an error. */
async function stillHolds(lock: LeaderLock): Promise<boolean> {
  try {
    return await lock.holds();
  } catch {
    return false;
  }
}
