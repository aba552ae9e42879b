import { useSignal } from "@preact/signals";
import { isoTime } from "../../../src/client/quote_format.ts";
import { format } from "../format.ts";
import { candleMoment } from "./candle_time.ts";
import type { SymbolModel } from "./symbol_model.ts";

const ROWS_MAX = 100;

/** The newest candles as a table, for those who do not see the chart. */
export function CandleTable({ model }: { readonly model: SymbolModel }) {
  const isOpen = useSignal(false);
  return (
    <details
      class="candle-table"
      onToggle={(event) => isOpen.value = event.currentTarget.open}
    >
      <summary>Show as a table</summary>
      {isOpen.value && <Rows model={model} />}
    </details>
  );
}

function Rows({ model }: { readonly model: SymbolModel }) {
  model.version.value;
  return (
    <>
      {model.shown.value.map(({ key, track }) => (
        <div class="candle-table-scroll" key={key} tabIndex={0} role="group" aria-label={key}>
          <table>
            <caption>
              <bdi>{key}</bdi>, newest {Math.min(ROWS_MAX, track.series.candles.length)} of{" "}
              {track.series.candles.length} candles
            </caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {["Open", "High", "Low", "Close", "Prices"].map((name) => (
                  <th key={name} scope="col" class="figure">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {track.series.candles.slice(-ROWS_MAX).reverse().map((candle) => (
                <tr key={candle.time}>
                  <td>
                    <time dateTime={isoTime(candle.time)}>
                      {candleMoment(candle.time, model.interval.value)}
                    </time>
                  </td>
                  {[candle.open, candle.high, candle.low, candle.close].map((figure, index) => (
                    <td key={index} class="figure">{format.price(figure)}</td>
                  ))}
                  <td class="figure">{candle.count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
      <p class="chart-note">
        Candles of a minute and longer count each price as it was written: what is changed or
        deleted in the database afterwards stays in them.
      </p>
    </>
  );
}
