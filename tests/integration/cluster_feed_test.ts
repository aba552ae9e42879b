import assert from "node:assert/strict";
import { Backbone } from "../../src/backbone/backbone.ts";
import { readBackbone } from "../../src/backbone_config.ts";
import { Audience } from "../../src/cluster/audience.ts";
import { ClusterFeed } from "../../src/cluster/cluster_feed.ts";
import {
  decodeBookRequest,
  encodeBookEntry,
  encodeBookPart,
  encodeLeaderMessage,
  FEED_SUBJECTS,
} from "../../src/cluster/feed_message.ts";
import { LeaderLock } from "../../src/db/leader_lock.ts";
import { EnvReader } from "../../src/env.ts";
import { type Feed, type FeedSink } from "../../src/feed/feed.ts";
import { PostgresFeed } from "../../src/feed/postgres_feed.ts";
import { asEnvelope } from "../../src/hub/envelope.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { sleep } from "../../src/lifecycle.ts";
import { CLUSTER_ROLES } from "../../src/metric_names.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { testNats } from "../support/nats.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { aQuote } from "../support/quotes.ts";
import { environmentOf } from "../support/settings.ts";
import { waitFor } from "../support/wait_for.ts";

/** Above what a leader may be `down` for, and what a new reading keeps to itself, together. */
const SLOW_READ_MS = 5000;

/** Parts of a book that takes longer than a server waits for a leader, and how long each takes at first. */
const SLOW_PARTS = 20;
const SLOW_PART_MS = 500;

/** By which the clock of another server is ahead of this one's. */
const ANOTHER_START_MS = 86_400_000;
/** Longer than a leader may be silent. */
const LATE_MS = 5000;
/** Times are said in whole milliseconds, and the quickest word was not there at once. */
const CLOCK_STEPS_MS = 1000;

async function openBackbone(natsUrl: string): Promise<Backbone> {
  const config = readBackbone(new EnvReader(environmentOf({ BACKBONE: natsUrl })));
  assert.ok(config !== undefined);
  return await Backbone.open(config, "test");
}

/** Counts the elections. */
class CountedLock extends LeaderLock {
  taken = 0;

  override async take(): Promise<number | undefined> {
    const nowMs = await super.take();
    if (nowMs !== undefined) this.taken += 1;
    return nowMs;
  }
}

/** One server's feed in a cluster. */
class Member implements AsyncDisposable {
  readonly channelName = `test ${crypto.randomUUID()}`;
  readonly hub = new HubPublisher("listen", { channelName: this.channelName });
  readonly counters = new SharedMetrics(0).main;
  readonly lock: CountedLock;
  readonly #backbone: Backbone;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(
    databaseUrl: string,
    backbone: Backbone,
    openFeed: (sink: FeedSink) => Feed,
  ) {
    this.#backbone = backbone;
    this.lock = new CountedLock(databaseUrl, "test");
    const { hub, counters, lock } = this;
    this.#running = new ClusterFeed({
      backbone,
      lock,
      hub,
      audience: new Audience(backbone, () => 0),
      mode: "listen",
      openFeed,
      counters,
    }).run(this.#stop.signal);
  }

  /** @param openFeed how it reads the database itself */
  static async join(
    databaseUrl: string,
    natsUrl: string,
    openFeed: (sink: FeedSink) => Feed,
  ): Promise<Member> {
    return new Member(databaseUrl, await openBackbone(natsUrl), openFeed);
  }

  get role(): string | undefined {
    return CLUSTER_ROLES.find((role) => this.counters.value(`cluster_${role}`) === 1);
  }

  async plays(role: string): Promise<void> {
    await waitFor(`${role}, and not ${this.role}`, () => this.role === role, RECOVERY_DEADLINE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.hub.close();
    await this.#backbone.close();
  }
}

/** A reading that finds one quote, and says of itself what the test says. */
class ToldFeed {
  status: FeedStatus["status"] = "live";

  readonly open = (sink: FeedSink): Feed => ({
    run: async (signal) => {
      sink.beginning([aQuote()]);
      while (!signal.aborted) {
        sink.status({ status: this.status, mode: "listen", ageMs: 0 });
        await sleep(100, signal);
      }
    },
  });
}

/** A leader whose book is long in coming, or what it says. */
class SlowLeader implements AsyncDisposable {
  readonly epoch = crypto.randomUUID();
  /** How long ago it said what is heard now: the words have waited with whoever hears them. */
  lateMs = 0;
  /** Which parts were asked for. */
  readonly asked: number[] = [];
  readonly #backbone: Backbone;
  readonly #lock: LeaderLock;
  readonly #stop = new AbortController();
  readonly #speaking: Promise<void>;

  private constructor(backbone: Backbone, lock: LeaderLock, term: number, isSlow: () => boolean) {
    this.#backbone = backbone;
    this.#lock = lock;
    this.#speaking = this.#speak(term);
    backbone.subscribe(FEED_SUBJECTS.book, ({ payload, answer }) => {
      const { from } = decodeBookRequest(payload);
      this.asked.push(from);
      void sleep(isSlow() ? SLOW_PART_MS : 0).then(() => answer(this.#part(from)));
    });
  }

  static async lead(
    databaseUrl: string,
    natsUrl: string,
    isSlow: () => boolean,
  ): Promise<SlowLeader> {
    const lock = new LeaderLock(databaseUrl, "test");
    const term = await lock.take();
    assert.ok(term !== undefined);
    return new SlowLeader(await openBackbone(natsUrl), lock, term, isSlow);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#speaking;
    await this.#backbone.close();
    this.#lock.close();
  }

  #part(from: number): Uint8Array {
    const { symbol, source, price, timestamp } = aQuote();
    const quote = aQuote({ symbol: `${symbol}${from}` });
    const row = encodeBookEntry({ symbol, source, quote, seq: 0, history: [{ timestamp, price }] });
    const next = from + 1 < SLOW_PARTS ? from + 1 : undefined;
    return encodeBookPart({ epoch: this.epoch, seq: 0, next }, [row]);
  }

  async #speak(term: number): Promise<void> {
    const feed = { status: "live", mode: "listen", ageMs: 0 } as const;
    const status = { kind: "status", term, epoch: this.epoch, seq: 0, feed } as const;
    while (!this.#stop.signal.aborted) {
      const saidAtMs = Math.round(performance.now() + ANOTHER_START_MS - this.lateMs);
      const message = encodeLeaderMessage({ ...status, saidAtMs });
      this.#backbone.publish(FEED_SUBJECTS.feed, message);
      await sleep(100, this.#stop.signal);
    }
  }
}

/** Keeps everybody from reading the prices, until it is released. */
async function lockedPrices(databaseUrl: string): Promise<AsyncDisposable> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: locked, resolve: lock, reject } = Promise.withResolvers<void>();
  const held = query(databaseUrl, (sql) =>
    sql.begin(async (transaction) => {
      await transaction`LOCK TABLE stock_prices IN ACCESS EXCLUSIVE MODE`;
      lock();
      await released;
    }));
  held.catch(reject);
  await locked;
  return {
    [Symbol.asyncDispose]: async () => {
      release();
      await held;
    },
  };
}

Deno.test("ClusterFeed: who leads and cannot read leaves that to one who can", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  const reading = new ToldFeed();
  await using first = await Member.join(database.url, nats.url, reading.open);
  await first.plays("leading");
  await using second = await Member.join(database.url, nats.url, new ToldFeed().open);
  await waitFor("the second to follow", () => second.hub.epoch === first.hub.epoch);
  reading.status = "down";
  await second.plays("leading");
  await first.plays("following");
  await waitFor("one epoch", () => second.hub.epoch === first.hub.epoch);
});

// Until a first read has ended, a feed is `down`. A leader whose first read took more than about 3.5 s was
// taken for one that cannot read and lost its office, and so did the next one, while all of them read.
Deno.test("ClusterFeed: who leads stays the leader for as long as its first read takes", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  await query(
    database.url,
    (sql) =>
      sql`INSERT INTO stock_prices (symbol, price, source, timestamp) VALUES ('A', 1, 'x', 100)`,
  );
  const openFeed = (sink: FeedSink) =>
    new PostgresFeed(database.url, { mode: "listen", pollIntervalMs: 1000 }, sink);
  await using prices = await lockedPrices(database.url);
  await using first = await Member.join(database.url, nats.url, openFeed);
  await first.plays("leading");
  await using second = await Member.join(database.url, nats.url, openFeed);
  await sleep(SLOW_READ_MS);
  await prices[Symbol.asyncDispose]();
  await waitFor("the price on both", () => first.hub.book.size + second.hub.book.size === 2);
  await waitFor("one epoch", () => second.hub.epoch === first.hub.epoch);
  assert.deepEqual([first.lock.taken, second.lock.taken, first.role], [1, 0, "leading"]);
});

Deno.test("ClusterFeed: who leads and fails at its first read leaves that to one who can", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  const elsewhere = new URL(database.url);
  elsewhere.pathname = "/missing";
  const openFeed = (sink: FeedSink) =>
    new PostgresFeed(elsewhere.href, { mode: "listen", pollIntervalMs: 1000 }, sink);
  await using first = await Member.join(database.url, nats.url, openFeed);
  await first.plays("leading");
  await using second = await Member.join(database.url, nats.url, new ToldFeed().open);
  await second.plays("leading");
  await first.plays("following");
});

// Whoever got no whole book within 3 s threw away what it had of it, and began again: with many symbols
// each new leader had to send its book twice to every server.
Deno.test("ClusterFeed: who reads for itself meanwhile goes on to fetch a book that takes long", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  const roles = new Set<string | undefined>();
  await using leader = await SlowLeader.lead(database.url, nats.url, () => !roles.has("alone"));
  await using member = await Member.join(database.url, nats.url, new ToldFeed().open);
  await waitFor("the book", () => {
    roles.add(member.role);
    return member.hub.epoch === leader.epoch;
  }, RECOVERY_DEADLINE_MS);
  assert.deepEqual(leader.asked, Array.from({ length: SLOW_PARTS }, (_, from) => from));
  assert.deepEqual([...roles], ["following", "alone"]);
  assert.equal(member.role, "following");
  assert.equal(member.hub.book.size, SLOW_PARTS + 1);
});

// A server that woke took the words of its leader that had waited meanwhile for news of now, and called the
// feed live whose leader hung just as long.
Deno.test("ClusterFeed: what a leader said seconds ago is old, however late it is heard", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  await using leader = await SlowLeader.lead(database.url, nats.url, () => false);
  await using member = await Member.join(database.url, nats.url, new ToldFeed().open);
  let feed: FeedStatus | undefined;
  const channel = new BroadcastChannel(member.channelName);
  channel.onmessage = ({ data }) => {
    const envelope = asEnvelope(data);
    if (envelope?.kind === "status") feed = envelope.feed;
  };
  await waitFor("a live feed", () => feed?.status === "live", RECOVERY_DEADLINE_MS);
  assert.ok((feed?.ageMs ?? 0) < LATE_MS);
  leader.lateMs = LATE_MS;
  await waitFor("a feed that is late", () => feed?.status === "delayed", RECOVERY_DEADLINE_MS);
  assert.ok((feed?.ageMs ?? 0) > LATE_MS - CLOCK_STEPS_MS, `${feed?.ageMs} ms`);
  leader.lateMs = 0;
  await waitFor("a live feed again", () => feed?.status === "live", RECOVERY_DEADLINE_MS);
  channel.close();
});
