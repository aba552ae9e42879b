import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ClientQuote } from "../../../src/client/client_quote.ts";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import {
  type Candle,
  type CandleCoverage,
  INTERVAL_SECONDS,
  type IntervalName,
} from "../../../src/price/candle.ts";
import { COMPARED_MAX } from "../chart/chart_theme.ts";
import type { SeriesChange } from "./candle_series.ts";
import type { AskCandles } from "./candle_requests.ts";
import { CandleTrack } from "./candle_track.ts";
import type { ChartChoices, ChartMode } from "./chart_choices.ts";
import { RecentTicks, TICKS_MAX } from "./recent_ticks.ts";
import { shownSource } from "./source_choice.ts";

/** One series of the chart, and the source that it is of. */
export interface ShownTrack {
  /** Names it among those of a chart; untrusted text. */
  readonly key: string;
  readonly track: CandleTrack;
}

/** What the chart has to draw. */
export type TrackListener = (shown: ShownTrack, change: SeriesChange) => void;

const ALL_SOURCES = "All sources";
/** Candles are asked for again at least so often, and never more often than that. */
const REFRESH_INTERVAL_MS_MAX = 30_000;
const REFRESH_INTERVAL_MS_MIN = 5000;
/** After a candle's end, so that its last prices have arrived. */
const SETTLE_MS = 1500;

/**
 * All that the view of one symbol shows: the tracks of its chart, the day, the newest quote of each source
 * and the last prices. It listens to the feed while it is open, and asks the server for candles when one
 * ends, after every reconnect, and now and then.
 */
export class SymbolModel {
  readonly symbol: string;
  readonly choices: ChartChoices;
  readonly interval: Signal<IntervalName>;
  readonly mode: Signal<ChartMode>;
  /** The newest quote of each source, by the source's name. */
  readonly quotes = signal<readonly ClientQuote[]>([]);
  readonly ticks = new RecentTicks();
  /** What is drawn; changes when other series are. */
  readonly shown = signal<readonly ShownTrack[]>([]);
  /** Grows whenever candles changed, at most once a frame. */
  readonly version = signal(0);
  /** What is wrong with the candles, for the user. */
  readonly fault = signal<string | undefined>(undefined);
  readonly coverage = signal<CandleCoverage>("ready");
  readonly isLoaded = signal(false);
  readonly isExtending = signal(false);
  /** The one source that is shown; undefined for all together. */
  readonly source: ReadonlySignal<string | undefined> = computed(() => {
    const { value: choice } = this.choices.source;
    const shown = shownSource(choice, this.quotes.value, this.#usualSource);
    if (choice === "auto") this.#usualSource = shown;
    return shown;
  });
  /** The quote that counts: the newest of those that are shown. */
  readonly headline: ReadonlySignal<ClientQuote | undefined> = computed(() =>
    this.quotes.value
      .filter(({ source }) => this.source.value === undefined || source === this.source.value)
      .reduce<ClientQuote | undefined>(
        (newest, quote) => newest === undefined || isLater(quote, newest) ? quote : newest,
        undefined,
      )
  );
  /** Compared sources: the one that is shown first, then by name. */
  readonly #compared: ReadonlySignal<readonly string[]> = computed(() => {
    const names = this.quotes.value.map(({ source }) => source);
    const first = names.filter((name) => name === this.source.value);
    return [...new Set([...first, ...names])].slice(0, COMPARED_MAX);
  });
  readonly #client: FeedClient;
  readonly #ask: AskCandles;
  /** Whether it is known which sources the symbol has: before, a chart might show another one. */
  readonly #areSourcesKnown = signal(false);
  readonly #endings: (() => void)[] = [];
  #usualSource: string | undefined;
  /** Prices that no frame has shown yet; a hidden page has no frames. */
  #unshown: ClientQuote[] = [];
  #listener: TrackListener | undefined;
  #day: CandleTrack | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasLive = false;
  #isClosed = false;
  #frame: number | undefined;

  constructor(symbol: string, choices: ChartChoices, client: FeedClient, ask: AskCandles) {
    this.symbol = symbol;
    this.choices = choices;
    this.interval = choices.interval;
    this.mode = choices.mode;
    this.#client = client;
    this.#ask = ask;
  }

  /** The day so far, of what is shown. */
  get day(): Candle | undefined {
    return this.#day?.series.last;
  }

  /** Begins to listen and to ask. */
  open(): void {
    const { symbol } = this;
    this.#takeAll();
    this.#know(this.#client.state);
    this.#wasLive = this.#client.state.phase === "live";
    this.#endings.push(
      this.#client.on("update", ({ quotes }) => {
        const own = quotes.filter((quote) => quote.symbol === symbol);
        if (own.length > 0) this.#take(own);
      }),
      this.#client.on("snapshot", () => this.#takeAll()),
      this.#client.on("removed", () => this.#takeAll()),
      this.#client.on("state", (state) => {
        this.#know(state);
        const isLive = state.phase === "live";
        if (isLive && !this.#wasLive) this.refresh();
        this.#wasLive = isLive;
      }),
      effect(() => {
        if (!this.#areSourcesKnown.value) return;
        const { value: interval } = this.interval;
        const { value: source } = this.source;
        const names = this.mode.value === "compare" ? this.#compared.value : [];
        const sources = names.length > 0 ? names : [source];
        if (!this.#isShown(interval, sources, source)) this.#retrack(interval, sources, source);
      }),
    );
    const wake = () => document.visibilityState === "visible" && this.refresh();
    document.addEventListener("visibilitychange", wake);
    this.#endings.push(() => document.removeEventListener("visibilitychange", wake));
  }

  /** Ends all of it. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#endings.splice(0)) end();
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    for (const track of this.#tracks()) track.close();
  }

  /** Tells one listener what changes in the tracks that are shown. Returns what ends it. */
  onTrack(listener: TrackListener): () => void {
    this.#listener = listener;
    return () => this.#listener = undefined;
  }

  /** Asks the server for what is missing or may have changed. Never rejects: faults are shown. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const tracks = this.#tracks();
    const outcomes = await Promise.allSettled(tracks.map((track) => track.refresh()));
    if (this.#isOvertaken(tracks)) return;
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    batch(() => {
      this.fault.value = failed === undefined ? undefined : reasonOf(failed.reason);
      this.coverage.value = tracks[0]?.coverage ?? "ready";
      this.isLoaded.value = tracks.some((track) => track.isLoaded);
    });
    // While there is no connection it would only fail; the next one asks by itself.
    if (this.#wasLive) this.#timer = setTimeout(() => this.refresh(), this.#restMs());
  }

  /** Asks for older candles, where there are any. */
  async extend(): Promise<void> {
    if (this.isExtending.peek()) return;
    const older = this.shown.peek().filter(({ track }) => track.isLoaded && track.hasOlder);
    if (older.length === 0) return;
    const tracks = this.#tracks();
    this.isExtending.value = true;
    try {
      await Promise.all(older.map(({ track }) => track.extend()));
    } catch (error) {
      if (!this.#isOvertaken(tracks)) this.fault.value = reasonOf(error);
    } finally {
      this.isExtending.value = false;
    }
  }

  /** Whether something else is shown by now: what was asked before has nothing to say of it. */
  #isOvertaken(tracks: readonly CandleTrack[]): boolean {
    return this.#isClosed || this.#tracks().some((track, index) => track !== tracks[index]);
  }

  #tracks(): CandleTrack[] {
    const tracks = this.shown.peek().map(({ track }) => track);
    return this.#day === undefined ? tracks : [...tracks, this.#day];
  }

  /** Of a connection that fails nothing more is to be waited for, and the server may yet draw the chart. */
  #know(state: FeedClient["state"]): void {
    const isAhead = state.phase === "connecting" ||
      (state.phase === "stopped" && state.reason.kind === "not_started");
    if (!isAhead) this.#areSourcesKnown.value = true;
  }

  #isShown(
    interval: IntervalName,
    sources: readonly (string | undefined)[],
    source: string | undefined,
  ): boolean {
    const subjects = this.shown.peek().map(({ track }) => track.subject);
    return this.#day?.subject.source === source && subjects.length === sources.length &&
      subjects.every((subject, index) =>
        subject.interval === interval && subject.source === sources[index]
      );
  }

  #retrack(
    interval: IntervalName,
    sources: readonly (string | undefined)[],
    daySource: string | undefined,
  ): void {
    for (const track of this.#tracks()) track.close();
    const { symbol } = this;
    const shown = sources.map((source): ShownTrack => {
      const track: CandleTrack = new CandleTrack(
        { symbol, source, interval },
        this.#ask,
        (change) => {
          this.#listener?.({ key, track }, change);
          this.#changed();
        },
      );
      const key = source ?? ALL_SOURCES;
      return { key, track };
    });
    const day = { symbol, source: daySource, interval: "1d" } as const;
    this.#day = new CandleTrack(day, this.#ask, () => this.#changed());
    batch(() => {
      this.isLoaded.value = false;
      this.fault.value = undefined;
      this.shown.value = shown;
    });
    this.refresh();
  }

  #takeAll(): void {
    const own = [...this.#client.quotes()].filter(({ symbol }) => symbol === this.symbol);
    this.quotes.value = own.sort(bySourceName);
    this.ticks.seed(own);
  }

  #take(quotes: readonly ClientQuote[]): void {
    for (const quote of quotes) {
      for (const track of this.#tracks()) {
        const { source } = track.subject;
        if (source === undefined || source === quote.source) track.add(quote);
      }
    }
    this.#unshown = [...this.#unshown, ...quotes].slice(-TICKS_MAX);
    this.#changed();
  }

  #changed(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      batch(() => {
        this.version.value += 1;
        if (this.#unshown.length === 0) return;
        this.ticks.add(this.#unshown);
        const bySource = new Map(this.quotes.peek().map((quote) => [quote.source, quote]));
        for (const quote of this.#unshown) bySource.set(quote.source, quote);
        this.quotes.value = [...bySource.values()].sort(bySourceName);
        this.#unshown = [];
      });
    });
  }

  /** Until the candle of now has ended, within bounds. */
  #restMs(): number {
    const widthMs = INTERVAL_SECONDS[this.interval.peek()] * 1000;
    const toEndMs = widthMs - this.#client.serverNowMs() % widthMs + SETTLE_MS;
    return Math.min(Math.max(toEndMs, REFRESH_INTERVAL_MS_MIN), REFRESH_INTERVAL_MS_MAX);
  }
}

function bySourceName(a: ClientQuote, b: ClientQuote): number {
  return a.source < b.source ? -1 : 1;
}

function isLater(a: ClientQuote, b: ClientQuote): boolean {
  return a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.timeMs > b.timeMs);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
