import { type Candle, candleTime } from "../../../src/price/candle.ts";

/** Which candles a change concerned: for the last alone, a chart need not be drawn anew. */
export type SeriesChange = "none" | "last" | "past";

/** Candles that a series holds; the oldest go when there are more. */
export const SERIES_CANDLES_MAX = 5000;

/** A price as the feed tells it. */
export interface LivePrice {
  /** Unix seconds. */
  readonly timestamp: number;
  readonly price: number;
}

/**
 * The candles of one chart, oldest first: what the server answered, and on top what the feed has told
 * since, by the server's own rule that the timestamp decides.
 *
 * The feed leaves out prices in between for a slow client or at a chosen rate, so that the high and low
 * of a candle that grows here may miss some. The server's candle is the truth: `merge` puts it in place of
 * what was made here, and whoever holds a series has to ask again when a candle ends and now and then.
 */
export class CandleSeries {
  readonly #widthSeconds: number;
  readonly #candlesMax: number;
  #candles: Candle[] = [];

  constructor(widthSeconds: number, candlesMax = SERIES_CANDLES_MAX) {
    this.#widthSeconds = widthSeconds;
    this.#candlesMax = candlesMax;
  }

  /** Oldest first, each time once. Do not keep it: it changes. */
  get candles(): readonly Candle[] {
    return this.#candles;
  }

  /** The newest. */
  get last(): Candle | undefined {
    return this.#candles.at(-1);
  }

  /** The oldest. */
  get first(): Candle | undefined {
    return this.#candles[0];
  }

  /** Whether older candles would not be kept. */
  get isFull(): boolean {
    return this.#candles.length >= this.#candlesMax;
  }

  /** Takes the server's candles, oldest first, in place of its own of the same times. */
  merge(page: readonly Candle[]): SeriesChange {
    const [first] = page;
    if (first === undefined) return "none";
    const isTail = page.length === 1 && first.time >= (this.last?.time ?? -Infinity);
    const byTime = new Map(this.#candles.map((candle) => [candle.time, candle]));
    for (const candle of page) byTime.set(candle.time, candle);
    const all = [...byTime.values()].sort((a, b) => a.time - b.time);
    this.#candles = all.slice(-this.#candlesMax);
    return isTail && all.length <= this.#candlesMax ? "last" : "past";
  }

  /** Forgets everything, because what comes next would not join on. */
  clear(): void {
    this.#candles = [];
  }

  /** Takes a price from the feed. One that belongs before everything that is known is not needed. */
  add({ timestamp, price }: LivePrice): SeriesChange {
    const time = candleTime(timestamp, this.#widthSeconds);
    const index = this.#candles.findLastIndex((candle) => candle.time <= time);
    const known = this.#candles[index];
    if (known === undefined && this.#candles.length > 0) return "none";
    const isLast = index === this.#candles.length - 1;
    if (known?.time !== time) {
      const born = { time, open: price, high: price, low: price, close: price, count: 1 };
      this.#candles.splice(index + 1, 0, { ...born, final: !isLast });
      if (this.#candles.length <= this.#candlesMax) return isLast ? "last" : "past";
      // A tenth at once: each time, the whole chart is drawn anew.
      this.#candles.splice(0, Math.ceil(this.#candlesMax / 10));
      return "past";
    }
    this.#candles[index] = {
      ...known,
      high: Math.max(known.high, price),
      low: Math.min(known.low, price),
      // Which price closed an older candle only the server knows.
      close: isLast ? price : known.close,
      count: known.count + 1,
    };
    return isLast ? "last" : "past";
  }
}
