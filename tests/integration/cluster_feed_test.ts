import assert from "node:assert/strict";
import { Backbone } from "../../src/backbone/backbone.ts";
import { readBackbone } from "../../src/backbone_config.ts";
import { Audience } from "../../src/cluster/audience.ts";
import { ClusterFeed } from "../../src/cluster/cluster_feed.ts";
import { LeaderLock } from "../../src/db/leader_lock.ts";
import { EnvReader } from "../../src/env.ts";
import { type Feed, type FeedSink } from "../../src/feed/feed.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { sleep } from "../../src/lifecycle.ts";
import { CLUSTER_ROLES } from "../../src/metric_names.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { testNats } from "../support/nats.ts";
import { testDatabase } from "../support/postgres.ts";
import { aQuote } from "../support/quotes.ts";
import { environmentOf } from "../support/settings.ts";
import { waitFor } from "../support/wait_for.ts";

/** One server's feed in a cluster, whose own reading finds what the test says. */
class Member implements AsyncDisposable {
  readonly hub = new HubPublisher("listen", { channelName: `test ${crypto.randomUUID()}` });
  readonly counters = new SharedMetrics(0).main;
  readonly #backbone: Backbone;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #status: FeedStatus["status"];

  private constructor(databaseUrl: string, backbone: Backbone, status: FeedStatus["status"]) {
    this.#backbone = backbone;
    this.#status = status;
    const { hub, counters } = this;
    this.#running = new ClusterFeed({
      backbone,
      lock: new LeaderLock(databaseUrl, "test"),
      hub,
      audience: new Audience(backbone, () => 0),
      mode: "listen",
      openFeed: (sink) => this.#feed(sink),
      counters,
    }).run(this.#stop.signal);
  }

  static async join(
    databaseUrl: string,
    natsUrl: string,
    status: FeedStatus["status"],
  ): Promise<Member> {
    const config = readBackbone(new EnvReader(environmentOf({ BACKBONE: natsUrl })));
    assert.ok(config !== undefined);
    return new Member(databaseUrl, await Backbone.open(config, "test"), status);
  }

  get role(): string | undefined {
    return CLUSTER_ROLES.find((role) => this.counters.value(`cluster_${role}`) === 1);
  }

  /** What its own reading says of itself from here on. */
  become(status: FeedStatus["status"]): void {
    this.#status = status;
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

  #feed(sink: FeedSink): Feed {
    return {
      run: async (signal) => {
        if (this.#status !== "down") sink.beginning([aQuote()]);
        while (!signal.aborted) {
          sink.status({ status: this.#status, mode: "listen", ageMs: 0 });
          await sleep(100, signal);
        }
      },
    };
  }
}

Deno.test("ClusterFeed: who leads and cannot read leaves that to one who can", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  await using first = await Member.join(database.url, nats.url, "live");
  await first.plays("leading");
  await using second = await Member.join(database.url, nats.url, "live");
  await waitFor("the second to follow", () => second.hub.epoch === first.hub.epoch);
  first.become("down");
  await second.plays("leading");
  await first.plays("following");
  await waitFor("one epoch", () => second.hub.epoch === first.hub.epoch);
});
