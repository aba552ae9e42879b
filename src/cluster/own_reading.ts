import { errorText } from "../errors.ts";
import type { Feed, FeedSink } from "../feed/feed.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";

const RESTART_PAUSE_MS = 1000;
/** How long a feed that has just started may take for its first read before it counts as down. */
const FIRST_READ_MS = 1500;

const log = logger("cluster");

/** A feed of this server's own, for as long as it has to read the database itself. */
export class OwnReading {
  readonly #stop = new AbortController();
  readonly #startedAtMs = performance.now();
  readonly #running: Promise<void>;
  #hasRead = false;

  /**
   * Starts the feed, and starts it again when it fails. That nothing has been read yet is told the sink
   * only when it takes long: there was another source of prices just before.
   */
  constructor(openFeed: (sink: FeedSink) => Feed, sink: FeedSink) {
    const { signal } = this.#stop;
    const feed = openFeed({
      beginning: (quotes) => signal.aborted || sink.beginning(quotes),
      quotes: (quotes) => signal.aborted || sink.quotes(quotes),
      status: (status) => {
        this.#hasRead ||= status.status !== "down" ||
          performance.now() - this.#startedAtMs > FIRST_READ_MS;
        if (this.#hasRead && !signal.aborted) sink.status(status);
      },
    });
    this.#running = this.#run(feed);
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
