import { errorText } from "../errors.ts";
import type { Feed, FeedSink } from "../feed/feed.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { FeedStatus } from "../price/feed_status.ts";

const RESTART_PAUSE_MS = 1000;
/** How long a feed that has just started may take to be as good as the source before it. */
const START_MS_MAX = 1500;
/** How long a first read may take: the deadline of a whole read of the table (price_store.ts). */
const FIRST_READ_MS_MAX = 30_000;

const log = logger("cluster");

/** A feed of this server's own, for as long as it has to read the database itself. */
export class OwnReading {
  readonly #stop = new AbortController();
  readonly #startedAtMs = performance.now();
  readonly #running: Promise<void>;
  #hasStarted = false;
  #mayBeSlow = true;

  /**
   * Starts the feed, and starts it again when it fails. What it says of itself before it has started is
   * told the sink only when that takes long: there was another source of prices just before.
   *
   * @param started what it has to be for that: `live` after one that was, or at least not `down`
   */
  constructor(
    openFeed: (sink: FeedSink) => Feed,
    sink: FeedSink,
    started: readonly FeedStatus["status"][],
  ) {
    const { signal } = this.#stop;
    const feed = openFeed({
      beginning: (quotes) => signal.aborted || sink.beginning(quotes),
      quotes: (quotes) => signal.aborted || sink.quotes(quotes),
      status: (status, isStarting = false) => {
        this.#mayBeSlow &&= isStarting;
        this.#hasStarted ||= started.includes(status.status) ||
          performance.now() - this.#startedAtMs > START_MS_MAX;
        if (this.#hasStarted && !signal.aborted) sink.status(status);
      },
    });
    this.#running = this.#run(feed);
  }

  /** Whether the first read is still under way, has not failed, and is in its time. */
  get isStarting(): boolean {
    return this.#mayBeSlow && performance.now() - this.#startedAtMs < FIRST_READ_MS_MAX;
  }

  /** Ends it: the sink is told nothing more. Resolves when its connections are closed. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#running;
  }

  async #run(feed: Feed): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await feed.run(signal);
      } catch (error) {
        this.#mayBeSlow = false;
        log.error("Feed failed and starts again: {reason}", {
          code: "cluster_feed_failed",
          reason: errorText(error),
          stack: error instanceof Error ? error.stack : undefined,
        });
        await sleep(RESTART_PAUSE_MS, signal);
      }
    }
  }
}
