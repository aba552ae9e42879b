import { GatherWindow } from "../../src/feed/gather_window.ts";
import { FeedHealth } from "../../src/feed/health.ts";
import { FeedReader, type PriceReads } from "../../src/feed/reader.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";
import type { SimulatedDatabase } from "./database.ts";
import { type EventLoop, Isolate, type MachineClock } from "./event_loop.ts";

/** How the feed is woken, and what the publisher is told. */
export interface MainOptions {
  readonly mode: FeedStatus["mode"];
  readonly pollIntervalMs: number;
  /** Sessions that the publisher believes in; many make it gather. */
  readonly sessions: number;
}

const BEAT_MS = 500;

/** The main isolate: one reader and one publisher, joined as `PostgresFeed` and `startServer` do. */
export class SimulatedMain {
  readonly #loop: EventLoop;
  readonly #database: SimulatedDatabase;
  readonly #reads: PriceReads;
  readonly #options: MainOptions;
  isolate: Isolate;
  publisher: HubPublisher;
  #reader: FeedReader | undefined;
  #stop = new AbortController();
  #runs = 0;

  /** @param reads what the reader reads: the database, unless a test of the tests puts itself between */
  constructor(
    loop: EventLoop,
    database: SimulatedDatabase,
    reads: PriceReads,
    options: MainOptions,
    clock: MachineClock,
  ) {
    this.#loop = loop;
    this.#database = database;
    this.#reads = reads;
    this.#options = options;
    this.isolate = new Isolate("main", clock);
    this.publisher = this.#publish();
    this.startFeed();
  }

  /** The publisher starts over, under a new epoch and with an empty book. */
  restart(): void {
    this.#stop.abort();
    this.isolate.kill();
    this.isolate = new Isolate("main", this.isolate.clock);
    this.publisher = this.#publish();
    this.startFeed();
  }

  /** The feed starts over with the same publisher; what was being read may still arrive. */
  startFeed(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const { mode, pollIntervalMs, sessions } = this.#options;
    this.#runs += 1;
    const run = this.#runs;
    const { publisher } = this;
    this.#loop.within(this.isolate, () => {
      const health = new FeedHealth(mode, pollIntervalMs, performance.now());
      const announce = () => {
        if (run === this.#runs) publisher.publishStatus(health.status(performance.now()));
      };
      const reader = new FeedReader(this.#reads, health, {
        onBeginning: (quotes) => publisher.begin(quotes),
        onQuotes: (quotes) => publisher.publish(quotes),
        onRead: announce,
      }, new GatherWindow(() => sessions));
      this.#reader = reader;
      void reader.run(signal);
      const poll = setInterval(() => reader.wake("interval"), pollIntervalMs);
      const beat = setInterval(() => {
        announce();
        void this.#pulse(health, reader);
      }, BEAT_MS);
      signal.addEventListener("abort", () => {
        clearInterval(poll);
        clearInterval(beat);
      });
    });
  }

  /** Postgres says that rows were inserted. */
  notify(): void {
    const reader = this.#reader;
    this.#loop.schedule(this.isolate, 1, () => reader?.wake("notify"));
  }

  async #pulse(health: FeedHealth, reader: FeedReader): Promise<void> {
    const sentAtMs = performance.now();
    try {
      await this.#database.ping();
      if (health.databaseAnswered()) reader.wake("recovered");
      if (this.#options.mode === "listen") health.pulseReturned(sentAtMs, reader.due);
    } catch {
      // Whatever is wrong with the database, it did not answer.
      health.databaseSilent();
    }
  }

  #publish(): HubPublisher {
    return this.#loop.within(this.isolate, () => new HubPublisher(this.#options.mode));
  }
}
