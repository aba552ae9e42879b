import type { Backbone } from "../backbone/backbone.ts";
import type { LeaderLock } from "../db/leader_lock.ts";
import type { Feed, FeedSink } from "../feed/feed.ts";
import type { HubPublisher } from "../hub/publisher.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { CLUSTER_ROLES } from "../metric_names.ts";
import type { MetricWriter } from "../metrics.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Audience } from "./audience.ts";
import { Broadcaster } from "./broadcaster.ts";
import { Election } from "./election.ts";
import { FEED_SUBJECTS } from "./feed_message.ts";
import { Follower } from "./follower.ts";
import { OwnReading } from "./own_reading.ts";

/** What a clustered feed needs. */
export interface ClusterFeedOptions {
  readonly backbone: Backbone;
  readonly lock: LeaderLock;
  readonly hub: HubPublisher;
  readonly audience: Audience;
  readonly mode: FeedStatus["mode"];
  /** Makes the feed with which this server reads the database itself. */
  readonly openFeed: (sink: FeedSink) => Feed;
  readonly counters: MetricWriter;
}

/** Reads the database for all. */
interface Leading {
  readonly kind: "leading";
  readonly term: number;
  readonly reading: OwnReading;
  readonly broadcaster: Broadcaster;
}

type Role =
  | Leading
  /** Hears everything from the leader. */
  | { readonly kind: "following" }
  /** Reads the database for its own clients, because it hears nothing from a leader. */
  | { readonly kind: "alone"; readonly reading: OwnReading };

const TICK_MS = 250;
/** A status is repeated to the workers after this long. */
const STATUS_REPEAT_MS = 500;
/** Leaders speak twice a second: this long without a word means that their prices are late. */
const LATE_MS = 1600;
/** How long a server waits for a leader before it reads the database itself. */
const ALONE_AFTER_MS = 3000;
/** How long a leader may be `down`: less than its followers need to give up a leader that is gone. */
const DOWN_MS_MAX = 2000;

const log = logger("cluster");

/**
 * The feed of one of several servers: one of them reads the database, and the others hear from it.
 *
 * - Prices go on for as long as there is a database: a server that has heard nothing whole from a leader
 *   for 3 s reads the database itself, and follows again once it has a leader's whole book.
 * - Numbers are given by whoever reads, under an epoch of its own, which all who follow it hand out.
 * - The state that clients are told is the leader's while it is heard, and says `delayed` within 2 s when
 *   it is not.
 */
export class ClusterFeed implements Feed {
  readonly #options: ClusterFeedOptions;
  readonly #follower: Follower;
  readonly #election: Election;
  #role: Role = { kind: "following" };
  /** As it was told last; `undefined` until something has been read, by whomever. */
  #feed: FeedStatus | undefined;
  #feedAtMs = performance.now();
  #toldAtMs = -Infinity;
  /** When a leader was last not `down`, or still in its first read. */
  #readAtMs = 0;
  #startedAtMs = performance.now();
  #endings: Promise<unknown> = Promise.resolve();

  constructor(options: ClusterFeedOptions) {
    this.#options = options;
    const { backbone, lock, hub, counters } = options;
    counters.set("cluster_following", 1);
    this.#follower = new Follower(backbone, {
      onBook: (book) => {
        this.#become({ kind: "following" });
        hub.adopt(book);
      },
      onBatch: (seq, quotes) => {
        counters.add("backbone_batches_received", 1);
        hub.follow(seq, quotes);
      },
      onStatus: (feed, saidAtMs) => this.#setFeed(feed, saidAtMs),
    }, counters);
    this.#election = new Election(lock, backbone, {
      mayStand: () => this.#role.kind !== "alone" || this.#feed?.status !== "down",
      termHeard: () => this.#follower.term,
      onElected: (term) => this.#lead(term),
      onDeposed: () => this.#stepDown(),
    });
  }

  async run(until: AbortSignal): Promise<void> {
    const { backbone, audience } = this.#options;
    const stop = new AbortController();
    const signal = AbortSignal.any([until, stop.signal]);
    const feed = backbone.subscribe(FEED_SUBJECTS.feed, ({ payload }) => this.#hear(payload));
    this.#startedAtMs = performance.now();
    try {
      await Promise.all([this.#election.run(signal), this.#watch(signal), audience.run(signal)]);
    } finally {
      stop.abort();
      feed.close();
      this.#follower.close();
      this.#become({ kind: "following" });
      await this.#endings;
    }
  }

  #hear(payload: Uint8Array): void {
    const message = this.#follower.receive(payload);
    if (message === undefined) return;
    if (this.#role.kind === "leading") {
      this.#election.resign(`another server leads, with term ${message.term}`);
    }
    this.#follower.follow(message);
  }

  #lead(term: number): void {
    const { backbone, hub, counters } = this.#options;
    this.#follower.close();
    this.#follower.outrank(term);
    const reading = this.#ownReading();
    const broadcaster = new Broadcaster({ backbone, hub, term, counters });
    this.#become({ kind: "leading", term, reading, broadcaster });
    this.#readAtMs = performance.now();
    this.#tell();
  }

  /** The feed goes on for this server's own clients, until another leader is heard. */
  #stepDown(): void {
    if (this.#role.kind !== "leading") return;
    this.#become({ kind: "alone", reading: this.#role.reading });
  }

  /** The feed that runs, or a new one, which numbers under an epoch of its own. */
  #ownReading(): OwnReading {
    if (this.#role.kind !== "following") return this.#role.reading;
    const { hub, openFeed } = this.#options;
    hub.renew();
    return new OwnReading(openFeed, {
      beginning: (quotes) => {
        hub.begin(quotes);
        this.#tell();
      },
      quotes: (quotes) => hub.publish(quotes),
      status: (status) => this.#setFeed(status),
    }, this.#feed?.status === "live" ? ["live"] : ["live", "delayed"]);
  }

  #become(role: Role): void {
    const before = this.#role;
    this.#role = role;
    const { counters } = this.#options;
    for (const kind of CLUSTER_ROLES) counters.set(`cluster_${kind}`, kind === role.kind ? 1 : 0);
    if (before.kind === "leading" && role.kind !== "leading") before.broadcaster.close();
    if (before.kind !== "following" && role.kind === "following") {
      this.#endings = Promise.all([this.#endings, before.reading.stop()]);
    }
  }

  /** Tells the workers the feed's state often enough, and stops waiting for a leader that does not come. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { backbone, counters, audience } = this.#options;
    while (!signal.aborted) {
      const nowMs = performance.now();
      counters.set("backbone_up", backbone.state === "up" ? 1 : 0);
      counters.set("cluster_servers", audience.servers);
      const waitedMs = nowMs - Math.max(this.#follower.syncedAtMs, this.#startedAtMs);
      if (this.#role.kind === "following" && waitedMs > ALONE_AFTER_MS) {
        log.warn("No leader is heard: this server reads the database itself", {
          code: "cluster_no_leader",
          backbone: backbone.state,
        });
        this.#follower.pause();
        this.#become({ kind: "alone", reading: this.#ownReading() });
      }
      if (this.#role.kind === "leading") this.#stayLeader(this.#role, nowMs);
      if (nowMs - this.#toldAtMs >= STATUS_REPEAT_MS) this.#tell();
      await sleep(TICK_MS, signal);
    }
  }

  /** A leader that cannot read, for whatever reason, leaves that to others. One that is slow does not: they were no faster. */
  #stayLeader({ term, reading }: Leading, nowMs: number): void {
    this.#follower.outrank(term);
    if (this.#feed?.status !== "down" || reading.isStarting) this.#readAtMs = nowMs;
    else if (nowMs - this.#readAtMs > DOWN_MS_MAX) {
      this.#election.resign("the table cannot be read");
    }
  }

  #setFeed(feed: FeedStatus, saidAtMs = performance.now()): void {
    this.#feed = feed;
    this.#feedAtMs = saidAtMs;
    this.#tell();
  }

  #tell(): void {
    const feed = this.#currentFeed();
    this.#toldAtMs = performance.now();
    this.#options.hub.publishStatus(feed);
    if (this.#role.kind !== "leading" || this.#feed === undefined) return;
    this.#role.broadcaster.status(feed);
  }

  /** What was said last, as far as it still holds. */
  #currentFeed(): FeedStatus {
    const { mode } = this.#options;
    const { status, ageMs, ...rest } = this.#feed ?? { status: "down", mode, ageMs: 0 };
    const silentMs = performance.now() - this.#feedAtMs;
    const isLate = silentMs > LATE_MS && status === "live";
    return {
      ...rest,
      status: isLate ? "delayed" : status,
      ageMs: Math.round(ageMs + silentMs),
    };
  }
}
