import type { ReadonlySignal } from "@preact/signals";
import { directionOf } from "../../../src/client/quote_format.ts";
import { format } from "../format.ts";
import { candleMoment } from "./candle_time.ts";
import type { ShownTrack, SymbolModel } from "./symbol_model.ts";

/** The figures of the candle under the pointer, or else of the newest. Not read aloud: the table is. */
export function ChartLegend(
  { model, pointedTime }: {
    readonly model: SymbolModel;
    readonly pointedTime: ReadonlySignal<number | undefined>;
  },
) {
  model.version.value;
  const time = pointedTime.value;
  const shown = model.shown.value;
  if (model.mode.value === "compare") {
    return (
      <ul class="chart-legend" aria-hidden="true">
        {shown.map((one, index) => (
          <li key={one.key} class={`series-${index + 1}`}>
            <bdi>{one.key}</bdi> <Close shown={one} time={time} />
          </li>
        ))}
      </ul>
    );
  }
  const candle = shown[0] === undefined ? undefined : candleAt(shown[0], time);
  if (candle === undefined) return <p class="chart-legend" aria-hidden="true" />;
  const direction = directionOf(candle.close - candle.open);
  const figures = [["O", candle.open], ["H", candle.high], ["L", candle.low]] as const;
  return (
    <p class="chart-legend" aria-hidden="true">
      <span class="chart-legend-time">{candleMoment(candle.time, model.interval.value)}</span>
      {figures.map(([name, figure]) => (
        <span key={name}>
          <i>{name}</i> {format.price(figure)}
        </span>
      ))}
      <span class={`is-${direction}`}>
        <i>C</i> {format.price(candle.close)}
      </span>
    </p>
  );
}

function Close({ shown, time }: { readonly shown: ShownTrack; readonly time: number | undefined }) {
  const candle = candleAt(shown, time);
  return <span>{candle === undefined ? "–" : format.price(candle.close)}</span>;
}

function candleAt({ track }: ShownTrack, time: number | undefined) {
  if (time === undefined) return track.series.last;
  return track.series.candles.findLast((candle) => candle.time === time);
}
