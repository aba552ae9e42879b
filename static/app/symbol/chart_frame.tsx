import { effect, untracked, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { PriceChart } from "../chart/price_chart.ts";
import { format } from "../format.ts";
import { type ChartBundle, useChartBundle } from "./chart_bundle.ts";
import { candleMoment } from "./candle_time.ts";
import { ChartLegend } from "./chart_legend.tsx";
import { ChartNotes } from "./chart_notes.tsx";
import { ChartPainter } from "./chart_painter.ts";
import type { SymbolModel } from "./symbol_model.ts";
import { watchTheme } from "./theme_watch.ts";

/** The chart and what is said about it. Its code is loaded when it is first shown. */
export function ChartFrame({ model }: { readonly model: SymbolModel }) {
  const canvas = useRef<HTMLDivElement>(null);
  const painter = useRef<ChartPainter | undefined>(undefined);
  const { bundle, problem } = useChartBundle();
  const pointedTime = useSignal<number | undefined>(undefined);
  const visible = useSignal<{ from: number; to: number } | undefined>(undefined);
  useEffect(() =>
    effect(() => {
      const loaded = bundle.value;
      const element = canvas.current;
      if (loaded === undefined || element === null) return;
      return untracked(() => {
        const chart = drawChart(loaded, element, model, {
          onPointed: (time) => pointedTime.value = time,
          onVisible: (from, to) => visible.value = { from, to },
        });
        const drawing = new ChartPainter(chart, model);
        painter.current = drawing;
        const endTheme = watchTheme(() => chart.repaint(loaded.readChartTheme(element)));
        return () => {
          painter.current = undefined;
          endTheme();
          drawing.close();
          chart.close();
        };
      });
    }), [model]);
  return (
    <figure class="chart">
      <ChartLegend model={model} pointedTime={pointedTime} />
      <div
        ref={canvas}
        class="chart-canvas"
        role="application"
        aria-roledescription="chart"
        aria-label={`Prices of ${model.symbol}`}
        aria-describedby="chart-summary"
        tabIndex={0}
        onKeyDown={(event) => {
          if (painter.current?.key(event.key) === true) event.preventDefault();
        }}
      />
      <ChartNotes
        model={model}
        visible={visible}
        isReady={bundle.value !== undefined}
        problem={problem.value}
        toNow={() => painter.current?.key("End")}
      />
    </figure>
  );
}

function drawChart(
  loaded: ChartBundle,
  element: HTMLElement,
  model: SymbolModel,
  events: {
    onPointed(time: number | undefined): void;
    onVisible(from: number, to: number): void;
  },
): PriceChart {
  return new loaded.PriceChart(element, {
    theme: loaded.readChartTheme(element),
    format: {
      price: (price) => format.price(price),
      step: (price) => format.priceStep(price),
      moment: (timestamp) => candleMoment(timestamp, model.interval.peek()),
      locale: navigator.language,
    },
    events: { ...events, onLeftEnd: () => model.extend() },
  });
}
