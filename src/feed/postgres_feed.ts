import type { FeedMode } from "../config.ts";
import { Database } from "../db/client.ts";
import { PriceStore } from "../db/price_store.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import { openTracing } from "../tracing.ts";
import type { Feed, FeedSink } from "./feed.ts";
import { GatherWindow } from "./gather_window.ts";
import { FeedHealth } from "./health.ts";
import { ListenWaker } from "./listen_waker.ts";
import { Pulse } from "./pulse.ts";
import { type FeedRead, FeedReader } from "./reader.ts";
import { watchTrigger } from "./trigger_watch.ts";

/** What the feed needs to know. */
export interface FeedOptions {
  readonly mode: FeedMode;
  /** Time between reads in poll mode; in listen mode the interval of the net under the notifications. */
  readonly pollIntervalMs: number;
  /** How many sessions get prices at present: the more, the longer reads wait for more prices. None by default. */
  readonly sessions?: () => number;
  /** Where reads are counted. */
  readonly counters?: MetricWriter;
}

/** One connection for reads and one for the pulse, so that neither waits for the other. */
const CONNECTIONS_MAX = 2;
const STATUS_INTERVAL_MS = 250;
/** A status is repeated after this long even when nothing changed. */
const STATUS_REPEAT_MS = 500;

const log = logger("feed");

/** The feed over the table `stock_prices`, in either mode. */
export class PostgresFeed implements Feed {
  readonly #databaseUrl: string;
  readonly #options: FeedOptions;
  readonly #sink: FeedSink;

  constructor(databaseUrl: string, options: FeedOptions, sink: FeedSink) {
    this.#databaseUrl = databaseUrl;
    this.#options = options;
    this.#sink = sink;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { mode, pollIntervalMs, sessions = () => 0, counters } = this.#options;
    const databaseUrl = this.#databaseUrl;
    const database = new Database({
      url: databaseUrl,
      connectionsMax: CONNECTIONS_MAX,
      applicationName: "quotewire feed",
      // The end of one is taken for a sign of another server, see `Database.connections`.
      lasting: true,
    });
    const health = new FeedHealth(mode, pollIntervalMs, performance.now());
    const announcer = new StatusAnnouncer(health, this.#sink);
    const announce = () => announcer.announce();
    const store = new PriceStore(database, (rows) => counters?.add("feed_left_out_rows", rows));
    const countRead = counters && readCounter(counters);
    const reader = new FeedReader(
      store,
      health,
      {
        onBeginning: (quotes) => this.#sink.beginning(quotes),
        onQuotes: (quotes) => this.#sink.quotes(quotes),
        onRead: (read) => {
          announce();
          countRead?.(read);
        },
      },
      new GatherWindow(sessions),
      openTracing("quotewire"),
    );
    const waker = mode === "listen"
      ? new ListenWaker(databaseUrl, database, reader, health, {
        onListening: () => pulse.beat(),
        onProven: announce,
      })
      : undefined;
    const pulse = new Pulse(database, {
      nextNonce: waker && (() => waker.nextNonce()),
      onAnswer: () => health.databaseAnswered() && reader.wake("recovered"),
      onSilence: () => {
        health.databaseSilent();
        announce();
      },
    });
    waker?.start();
    try {
      await Promise.all([
        reader.run(signal),
        wakeEvery(pollIntervalMs, reader, signal),
        pulse.run(signal),
        announcer.run(signal),
        mode === "listen" ? watchTrigger(store, health, signal) : undefined,
      ]);
    } finally {
      waker?.close();
      await database.close();
    }
  }
}

function readCounter(counters: MetricWriter): (read: FeedRead) => void {
  const observe = counters.observer("feed_read");
  return (read) => {
    counters.add(read.ok ? "feed_reads_ok" : "feed_reads_failed", 1);
    if (!read.ok) return;
    counters.add("feed_rows", read.rows);
    observe(read.durationMs / 1000);
  };
}

async function wakeEvery(intervalMs: number, reader: FeedReader, signal: AbortSignal) {
  while (!signal.aborted) {
    await sleep(intervalMs, signal);
    reader.wake("interval");
  }
}

/** Tells the sink the state of the feed when it changes, and often enough to be missed when it stops. */
class StatusAnnouncer {
  readonly #health: FeedHealth;
  readonly #sink: FeedSink;
  #last: FeedStatus["status"] | undefined;
  #lastAtMs = 0;

  constructor(health: FeedHealth, sink: FeedSink) {
    this.#health = health;
    this.#sink = sink;
  }

  announce(): void {
    const nowMs = performance.now();
    const status = this.#health.status(nowMs);
    const changed = status.status !== this.#last;
    if (!changed && nowMs - this.#lastAtMs < STATUS_REPEAT_MS) return;
    // At first nothing has been read yet, which is no news.
    if (changed && (this.#last !== undefined || status.status !== "down")) {
      log.info("Feed is {status} ({mode} mode)", { code: "feed_status", ...status });
    }
    this.#last = status.status;
    this.#lastAtMs = nowMs;
    this.#sink.status(status, this.#health.isStarting);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.announce();
      await sleep(STATUS_INTERVAL_MS, signal);
    }
  }
}
