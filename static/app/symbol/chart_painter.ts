import { effect } from "@preact/signals";
import type { PriceChart } from "../chart/price_chart.ts";
import type { SeriesChange } from "./candle_series.ts";
import type { ShownTrack, SymbolModel } from "./symbol_model.ts";

const SCROLL_WIDTHS = 0.25;
const ZOOM_FACTOR = 1.5;

/** Brings a model's candles onto a chart, each series at most once a frame. */
export class ChartPainter {
  readonly #chart: PriceChart;
  readonly #dirty = new Map<string, { shown: ShownTrack; change: SeriesChange }>();
  readonly #endings: (() => void)[];
  #frame: number | undefined;
  /** Series that have been drawn with candles: the first time, the newest are brought into sight. */
  #isFilled = false;

  constructor(chart: PriceChart, model: SymbolModel) {
    this.#chart = chart;
    this.#endings = [
      effect(() => {
        const mode = model.mode.value;
        this.#isFilled = false;
        this.#dirty.clear();
        chart.show({
          style: mode === "candles" ? "candles" : "line",
          series: model.shown.value.map(({ key, track }) => ({
            key,
            title: key,
            candles: track.series.candles,
          })),
          isPercent: mode === "compare" && model.choices.isPercent.value,
          hasSeconds: model.interval.value.endsWith("s"),
          areDays: model.interval.value === "1d",
        });
        this.#isFilled = model.shown.value.some(({ track }) => track.isLoaded);
      }),
      model.onTrack((shown, change) => this.#mark(shown, change)),
    ];
  }

  /** Does what a key stands for; false when it stands for nothing. */
  key(key: string): boolean {
    switch (key) {
      case "ArrowLeft":
        this.#chart.scroll(-SCROLL_WIDTHS);
        return true;
      case "ArrowRight":
        this.#chart.scroll(SCROLL_WIDTHS);
        return true;
      case "+":
        this.#chart.zoom(1 / ZOOM_FACTOR);
        return true;
      case "-":
        this.#chart.zoom(ZOOM_FACTOR);
        return true;
      case "End":
        this.#chart.toNow();
        return true;
      default:
        return false;
    }
  }

  /** Draws no more. */
  close(): void {
    for (const end of this.#endings) end();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #mark(shown: ShownTrack, change: SeriesChange): void {
    const marked = this.#dirty.get(shown.key);
    // Two candles may end within one frame.
    const all = change === "past" || marked !== undefined;
    this.#dirty.set(shown.key, { shown, change: all ? "past" : change });
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    for (const { shown: { key, track }, change } of this.#dirty.values()) {
      if (change === "last") this.#chart.drawLast(key, track.series.candles);
      else this.#chart.drawAll(key, track.series.candles);
    }
    this.#dirty.clear();
    if (this.#isFilled) return;
    this.#isFilled = true;
    this.#chart.toNow();
  }
}
