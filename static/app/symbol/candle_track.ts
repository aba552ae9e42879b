import {
  type CandleCoverage,
  INTERVAL_SECONDS,
  type IntervalName,
} from "../../../src/price/candle.ts";
import { CandleSeries, type LivePrice, type SeriesChange } from "./candle_series.ts";
import type { AskCandles, CandlePage } from "./candle_requests.ts";

/** What a track is of. */
export interface TrackSubject {
  readonly symbol: string;
  /** Left out, all sources together. */
  readonly source: string | undefined;
  readonly interval: IntervalName;
}

const PAGE_CANDLES = 500;
/** Pages that may lie between what is known and now; beyond that the chart begins anew. */
const GAP_PAGES_MAX = 5;
/** Candles that are asked for again each time, because late prices change them. */
const REREAD_CANDLES = 3;
/** So many are asked for now and then: after an outage, prices may come that are as old as it was long. */
const LATE_CANDLES = 120;
const LATE_INTERVAL_MS = 60_000;
/** Prices that come while an answer is on its way. */
const PRICES_MEANWHILE_MAX = 10_000;

/**
 * The candles of one symbol and source as the server and the feed tell them together, without holes: what
 * was missed is asked for from the last candle on that the server has confirmed.
 */
export class CandleTrack {
  readonly subject: TrackSubject;
  readonly series: CandleSeries;
  readonly #ask: AskCandles;
  readonly #onChange: (change: SeriesChange) => void;
  readonly #stop = new AbortController();
  readonly #meanwhile: LivePrice[] = [];
  readonly #nowMs: () => number;
  #lateAtMs = -Infinity;
  #coverage: CandleCoverage = "ready";
  #hasOlder = true;
  #isLoaded = false;
  #refreshing: Promise<void> | undefined;
  #extending: Promise<void> | undefined;
  /** The newest candle that an answer had. */
  #confirmedTime: number | undefined;

  constructor(
    subject: TrackSubject,
    ask: AskCandles,
    onChange: (change: SeriesChange) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#nowMs = nowMs;
    this.subject = subject;
    this.series = new CandleSeries(INTERVAL_SECONDS[subject.interval]);
    this.#ask = ask;
    this.#onChange = onChange;
  }

  /** Whether an answer has come. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Whether there are older candles to be had. */
  get hasOlder(): boolean {
    return this.#hasOlder && !this.series.isFull;
  }

  /** Whether the server had the whole of what it was asked for. */
  get coverage(): CandleCoverage {
    return this.#coverage;
  }

  /** Takes a price from the feed. */
  add(live: LivePrice): void {
    if (this.#refreshing !== undefined && this.#meanwhile.length < PRICES_MEANWHILE_MAX) {
      this.#meanwhile.push(live);
    }
    // Before the first answer there is nothing that it could join on to.
    if (this.#isLoaded) this.#changed(this.series.add(live));
  }

  /**
   * Asks for everything since the last candle that the server has confirmed, and for some before it, once
   * a minute for those that a chart shows at first. Two at once are one.
   *
   * @throws {Error} when the server does not answer as it should; the track stays as it is
   */
  refresh(): Promise<void> {
    return this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
      this.#meanwhile.length = 0;
    });
  }

  /** Asks for candles before the oldest. Two at once are one. @throws as `refresh` does */
  extend(): Promise<void> {
    return this.#extending ??= this.#extend().finally(() => this.#extending = undefined);
  }

  /** Lets go of what is on its way. */
  close(): void {
    this.#stop.abort();
  }

  async #refresh(): Promise<void> {
    const width = INTERVAL_SECONDS[this.subject.interval];
    const nowMs = this.#nowMs();
    const isLateDue = nowMs - this.#lateAtMs >= LATE_INTERVAL_MS;
    const reread = isLateDue ? LATE_CANDLES : REREAD_CANDLES;
    const from = this.#confirmedTime === undefined
      ? undefined
      : Math.max(0, this.#confirmedTime - reread * width);
    const pages = await this.#pagesSince(from);
    if (isLateDue) this.#lateAtMs = nowMs;
    const candles = pages.flatMap((page) => page.candles);
    const [oldest, newest] = [pages[0], pages.at(-1)];
    if (from === undefined || oldest?.more === true) {
      this.series.clear();
      this.#hasOlder = oldest?.more ?? false;
    }
    this.#coverage = newest?.coverage ?? "ready";
    this.#isLoaded = true;
    this.#confirmedTime = candles.at(-1)?.time ?? this.#confirmedTime;
    this.series.merge(candles);
    for (const live of this.#meanwhile) this.series.add(live);
    this.#changed("past");
  }

  /** Oldest first. Without `from`, the newest page alone. */
  async #pagesSince(from: number | undefined): Promise<CandlePage[]> {
    const pages: CandlePage[] = [];
    let before: number | undefined;
    while (pages.length < GAP_PAGES_MAX) {
      const page = await this.#page({ before, from });
      pages.unshift(page);
      before = page.candles[0]?.time;
      if (from === undefined || !page.more || before === undefined) break;
    }
    return pages;
  }

  async #extend(): Promise<void> {
    const before = this.series.first?.time;
    if (before === undefined || !this.hasOlder) return;
    const page = await this.#page({ before });
    // It may have begun anew meanwhile.
    if (this.series.first?.time !== before) return;
    this.#hasOlder = page.more && page.candles.length > 0;
    this.#changed(this.series.merge(page.candles));
  }

  #page(bounds: { before?: number | undefined; from?: number | undefined }): Promise<CandlePage> {
    return this.#ask({ ...this.subject, ...bounds, limit: PAGE_CANDLES }, this.#stop.signal);
  }

  #changed(change: SeriesChange): void {
    if (change !== "none" && !this.#stop.signal.aborted) this.#onChange(change);
  }
}
