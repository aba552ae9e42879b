import assert from "node:assert/strict";
import { Backbone } from "../../src/backbone/backbone.ts";
import { readBackbone } from "../../src/backbone_config.ts";
import { Audience } from "../../src/cluster/audience.ts";
import { ClusterFeed } from "../../src/cluster/cluster_feed.ts";
import { LeaderLock } from "../../src/db/leader_lock.ts";
import { EnvReader } from "../../src/env.ts";
import { type Feed, type FeedSink } from "../../src/feed/feed.ts";
import { PostgresFeed } from "../../src/feed/postgres_feed.ts";
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
  readonly hub = new HubPublisher("listen", { channelName: `test ${crypto.randomUUID()}` });
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
    const config = readBackbone(new EnvReader(environmentOf({ BACKBONE: natsUrl })));
    assert.ok(config !== undefined);
    return new Member(databaseUrl, await Backbone.open(config, "test"), openFeed);
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
