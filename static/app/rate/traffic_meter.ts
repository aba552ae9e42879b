import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { FeedClient } from "../../../src/client/feed_client.ts";

/** What has arrived since the page was opened. */
export interface Totals {
  /** WebSocket messages. */
  readonly frames: number;
  /** Changes of prices in them. */
  readonly prices: number;
  /** Bytes as they came, compressed where they came so. */
  readonly wireBytes: number;
  /** The same bytes, decompressed. */
  readonly documentBytes: number;
  /** Prices that newer ones replaced before they were sent. */
  readonly conflated: number;
}

interface Sample extends Totals {
  readonly atMs: number;
}

const SAMPLE_INTERVAL_MS = 1000;
/** Figures are means over this many seconds: calm enough to be read, quick enough to be believed. */
const SAMPLES_MAX = 6;
const NOTHING: Totals = { frames: 0, prices: 0, wireBytes: 0, documentBytes: 0, conflated: 0 };

/** What arrives over the price feed, in all and per second. */
export class TrafficMeter {
  readonly #client: FeedClient;
  readonly #samples = signal<readonly Sample[]>([]);
  #prices = 0;

  /** As of the last look. */
  readonly totals: ReadonlySignal<Totals> = computed(() => this.#samples.value.at(-1) ?? NOTHING);
  /** The same, for each of the last seconds. */
  readonly perSecond: ReadonlySignal<Totals> = computed(() => meanRate(this.#samples.value));

  constructor(client: FeedClient) {
    this.#client = client;
    client.on("update", ({ quotes }) => {
      this.#prices += quotes.length;
    });
  }

  /** Looks once a second from now on. */
  start(): void {
    this.look(performance.now());
    setInterval(() => this.look(performance.now()), SAMPLE_INTERVAL_MS);
  }

  /** Looks at what the client has counted. `atMs` is of any one clock that only goes forward. */
  look(atMs: number): void {
    const { frames, wireBytes, documentBytes } = this.#client.traffic;
    const conflated = this.#client.conflatedCount;
    const sample = { atMs, frames, prices: this.#prices, wireBytes, documentBytes, conflated };
    this.#samples.value = [...this.#samples.peek(), sample].slice(-SAMPLES_MAX);
  }
}

function meanRate(samples: readonly Sample[]): Totals {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return NOTHING;
  const rate = (count: (sample: Sample) => number) =>
    (count(last) - count(first)) * 1000 / (last.atMs - first.atMs);
  return {
    frames: rate(({ frames }) => frames),
    prices: rate(({ prices }) => prices),
    wireBytes: rate(({ wireBytes }) => wireBytes),
    documentBytes: rate(({ documentBytes }) => documentBytes),
    conflated: rate(({ conflated }) => conflated),
  };
}
