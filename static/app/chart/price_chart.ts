import {
  CandlestickSeries,
  createChart,
  CrosshairMode,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  PriceScaleMode,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { AxisFormat } from "./axis_format.ts";
import type { Candle } from "../../../src/price/candle.ts";
import type { ChartTheme } from "./chart_theme.ts";

/** How prices are drawn. */
export type ChartStyle = "candles" | "line";

/** One series of a chart. */
export interface ChartSeries {
  /** Names it, among those of one chart. */
  readonly key: string;
  /** Untrusted text; drawn, never taken for markup. */
  readonly title: string;
  readonly candles: readonly Candle[];
}

/** What a chart shows. */
export interface ChartContent {
  readonly style: ChartStyle;
  readonly series: readonly ChartSeries[];
  /** Whether changes since the left edge are drawn, in percent, rather than prices. */
  readonly isPercent: boolean;
  /** Whether seconds matter on the axis of time. */
  readonly hasSeconds: boolean;
  /** Whether candles are days, which are those of UTC. */
  readonly areDays: boolean;
}

/** How figures are written. */
export interface ChartFormat {
  price(price: number): string;
  /** The smallest difference that `price` shows, for prices of this size. */
  step(price: number): number;
  /** A moment in unix seconds. */
  moment(timestamp: number): string;
  locale: string;
}

/** What a chart tells. */
export interface ChartEvents {
  /** The left end is near: older candles are wanted. */
  onLeftEnd(): void;
  /** The time under the pointer, if it is over a candle. */
  onPointed(time: number | undefined): void;
  /** Begin of the oldest and newest candle that can be seen. */
  onVisible(from: number, to: number): void;
}

type Drawn =
  & { lastTime: number; step: number | undefined }
  & (
    | { readonly style: "candles"; readonly api: ISeriesApi<"Candlestick"> }
    | { readonly style: "line"; readonly api: ISeriesApi<"Line"> }
  );

/** Candles that may lie left of what is seen before more are asked for. */
const LEFT_MARGIN_CANDLES = 30;
const CANDLES_SHOWN = 120;
const CANDLES_SHOWN_MIN = 5;
const CANDLE_PIXELS_MIN = 6;
const RIGHT_MARGIN_CANDLES = 4;

/**
 * Draws candles on a canvas, by lightweight-charts. Its own logo is made of markup, which the pages'
 * policy does not allow; whoever shows a chart MUST name and link TradingView beside it.
 */
export class PriceChart {
  readonly #chart: IChartApi;
  readonly #events: ChartEvents;
  readonly #format: ChartFormat;
  readonly #series = new Map<string, Drawn>();
  #theme: ChartTheme;
  /** What is about to be seen. */
  #reached: { readonly from: number; readonly to: number } | undefined;
  #content: ChartContent = {
    style: "candles",
    series: [],
    isPercent: false,
    hasSeconds: false,
    areDays: false,
  };

  constructor(
    element: HTMLElement,
    { theme, format, events }: {
      readonly theme: ChartTheme;
      readonly format: ChartFormat;
      readonly events: ChartEvents;
    },
  ) {
    this.#events = events;
    this.#format = format;
    this.#theme = theme;
    const axis = new AxisFormat(format.locale);
    this.#chart = createChart(element, {
      autoSize: true,
      layout: {
        attributionLogo: false,
        background: { color: "transparent" },
        fontSize: 12,
        fontFamily: getComputedStyle(element).fontFamily,
      },
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.08 } },
      timeScale: {
        tickMarkFormatter: (time: Time, kind: number) =>
          typeof time === "number" ? axis.mark(time, kind, this.#content.areDays) : null,
        rightOffset: RIGHT_MARGIN_CANDLES,
        minBarSpacing: 0.5,
      },
      localization: {
        locale: format.locale,
        priceFormatter: format.price,
        timeFormatter: (time: Time) => typeof time === "number" ? format.moment(time) : "",
      },
    });
    this.#paint();
    this.#chart.subscribeCrosshairMove(({ time }) => {
      events.onPointed(typeof time === "number" ? time : undefined);
    });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.#tellVisible());
  }

  /** Shows something else, from its newest candle back. */
  show(content: ChartContent): void {
    for (const { api } of this.#series.values()) this.#chart.removeSeries(api);
    this.#series.clear();
    this.#content = content;
    this.#chart.applyOptions({
      timeScale: { timeVisible: true, secondsVisible: content.hasSeconds },
      rightPriceScale: {
        mode: content.isPercent ? PriceScaleMode.Percentage : PriceScaleMode.Normal,
      },
    });
    content.series.forEach((series, index) => this.#add(series, index));
    this.toNow();
  }

  /** Draws all candles of a series anew; what is seen stays where it is. */
  drawAll(key: string, candles: readonly Candle[]): void {
    const drawn = this.#series.get(key);
    if (drawn === undefined) return;
    if (drawn.style === "candles") drawn.api.setData(candles.map(barOf));
    else drawn.api.setData(candles.map(pointOf));
    drawn.lastTime = candles.at(-1)?.time ?? -Infinity;
    this.#scale(drawn, candles.at(-1)?.close);
    this.#tellVisible();
  }

  /** Draws the newest candle of a series, which may be a new one. */
  drawLast(key: string, candles: readonly Candle[]): void {
    const drawn = this.#series.get(key);
    const last = candles.at(-1);
    if (drawn === undefined || last === undefined) return;
    // The library throws when it is given an older candle than it has.
    if (last.time < drawn.lastTime) return this.drawAll(key, candles);
    if (drawn.style === "candles") drawn.api.update(barOf(last));
    else drawn.api.update(pointOf(last));
    drawn.lastTime = last.time;
  }

  /** Takes other colours. */
  repaint(theme: ChartTheme): void {
    this.#theme = theme;
    this.#paint();
    this.#content.series.forEach(({ key }, index) => {
      const drawn = this.#series.get(key);
      if (drawn?.style === "candles") drawn.api.applyOptions(this.#candleColors());
      else drawn?.api.applyOptions({ color: this.#lineColor(index) });
    });
  }

  /** Shows the newest candles. */
  toNow(): void {
    const scale = this.#chart.timeScale();
    const barSpacing = Math.max(CANDLE_PIXELS_MIN, scale.width() / CANDLES_SHOWN);
    scale.applyOptions({ barSpacing });
    scale.scrollToPosition(RIGHT_MARGIN_CANDLES, false);
  }

  /** Moves what is seen by so many of its widths. */
  scroll(widths: number): void {
    this.#reach((from, to) => [from + (to - from) * widths, to + (to - from) * widths]);
  }

  /** Shows so many times as much time, the newest candle staying where it is. */
  zoom(factor: number): void {
    this.#reach((from, to) => [to - (to - from) * factor, to]);
  }

  /** Lets go of the element. */
  close(): void {
    this.#chart.remove();
  }

  #reach(change: (from: number, to: number) => [number, number]): void {
    const scale = this.#chart.timeScale();
    const range = this.#reached ?? scale.getVisibleLogicalRange();
    if (range === null) return;
    const [from, to] = change(range.from, range.to);
    if (to - from < CANDLES_SHOWN_MIN) return;
    scale.setVisibleLogicalRange({ from, to });
    // The library moves with the next frame, and until then says where it was.
    if (this.#reached === undefined) requestAnimationFrame(() => this.#reached = undefined);
    this.#reached = { from, to };
  }

  #add({ key, title, candles }: ChartSeries, index: number): void {
    const { style, series: all } = this.#content;
    const isAlone = all.length === 1;
    const common = {
      priceLineVisible: isAlone,
      priceLineStyle: LineStyle.Dotted,
      title: isAlone ? "" : title,
    };
    const fresh = { lastTime: -Infinity, step: undefined };
    if (style === "candles") {
      const api = this.#chart.addSeries(CandlestickSeries, { ...common, ...this.#candleColors() });
      this.#series.set(key, { style, api, ...fresh });
    } else {
      const color = this.#lineColor(index);
      const api = this.#chart.addSeries(LineSeries, { ...common, color, lineWidth: 2 });
      this.#series.set(key, { style, api, ...fresh });
    }
    this.drawAll(key, candles);
  }

  /** The library marks no prices closer than a cent, unless it is told of a smaller step. */
  #scale(drawn: Drawn, price: number | undefined): void {
    if (price === undefined) return;
    const minMove = this.#format.step(price);
    if (minMove === drawn.step) return;
    drawn.step = minMove;
    const priceFormat = { type: "custom", minMove, formatter: this.#format.price } as const;
    drawn.api.applyOptions({ priceFormat });
  }

  #candleColors() {
    const { up, upFill, down } = this.#theme;
    return {
      upColor: upFill,
      downColor: down,
      borderUpColor: up,
      borderDownColor: down,
      wickUpColor: up,
      wickDownColor: down,
    };
  }

  #lineColor(index: number): string {
    const { line, compared } = this.#theme;
    if (this.#content.series.length === 1) return line;
    return compared[index % compared.length] ?? line;
  }

  #paint(): void {
    const { text, grid, border } = this.#theme;
    this.#chart.applyOptions({
      layout: { textColor: text },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      rightPriceScale: { borderColor: border },
      timeScale: { borderColor: border },
      crosshair: {
        vertLine: { color: text, labelBackgroundColor: text },
        horzLine: { color: text, labelBackgroundColor: text },
      },
    });
  }

  #tellVisible(): void {
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    const [first] = this.#series.values();
    if (range === null || first === undefined) return;
    // Also when a quick hand has left all candles behind within a frame.
    if (range.from < LEFT_MARGIN_CANDLES) this.#events.onLeftEnd();
    const bars = first.api.barsInLogicalRange(range);
    if (bars === null) return;
    if (typeof bars.from === "number" && typeof bars.to === "number") {
      this.#events.onVisible(bars.from, bars.to);
    }
  }
}

function barOf({ time, open, high, low, close }: Candle) {
  return { time: utc(time), open, high, low, close };
}

function pointOf({ time, close }: Candle) {
  return { time: utc(time), value: close };
}

/** The library brands its moments. */
function utc(time: number): UTCTimestamp {
  return time as UTCTimestamp;
}
