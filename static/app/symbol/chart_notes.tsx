import type { ReadonlySignal } from "@preact/signals";
import { changeOf } from "../../../src/client/quote_format.ts";
import { format } from "../format.ts";
import { candleMoment } from "./candle_time.ts";
import type { SymbolModel } from "./symbol_model.ts";

const COVERAGE_NOTES = {
  ready: undefined,
  filling: "The server is still working through older prices: less of the past can be shown.",
  behind: "The server cannot keep up with the prices: less of the past can be shown.",
  absent: "The server may only read its database: less of the past can be shown.",
} as const;

/** Seen while the chart has the focus. */
const KEYS = "Arrow keys move, + and − zoom, End goes to the newest.";

interface NotesProps {
  readonly model: SymbolModel;
  readonly visible: ReadonlySignal<{ from: number; to: number } | undefined>;
  readonly isReady: boolean;
  readonly problem: string | undefined;
  readonly toNow: () => void;
}

/** What stands below a chart: its summary, what is wrong with it, and whose it is. */
export function ChartNotes({ model, visible, isReady, problem, toNow }: NotesProps) {
  return (
    <figcaption class="chart-notes">
      <Problems model={model} isReady={isReady} problem={problem} />
      <p id="chart-summary" class="visually-hidden">
        <Summary model={model} visible={visible} />
        {KEYS}
      </p>
      <p class="chart-keys" aria-hidden="true">{KEYS}</p>
      <ToNow model={model} visible={visible} toNow={toNow} />
      <p class="chart-credit">
        {model.isExtending.value && <span>Loading older prices…</span>}
        Chart by{" "}
        <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
          TradingView
        </a>{" "}
        Lightweight Charts™
      </p>
    </figcaption>
  );
}

function Problems(
  { model, isReady, problem }: Pick<NotesProps, "model" | "isReady" | "problem">,
) {
  const fault = problem === undefined ? model.fault.value : `the chart did not load: ${problem}`;
  const note = COVERAGE_NOTES[model.coverage.value];
  return (
    <div role="status">
      {fault !== undefined && (
        <p class="chart-fault">
          Cannot show all prices: {fault}. This page tries again by itself.
        </p>
      )}
      {note !== undefined && <p class="chart-note">{note}</p>}
      <SourcesNote model={model} />
      {(!isReady || !model.isLoaded.value) && fault === undefined && (
        <p class="chart-note">Loading the chart…</p>
      )}
    </div>
  );
}

/** What the choice of sources does to the chart. */
function SourcesNote({ model }: Pick<NotesProps, "model">) {
  const count = model.quotes.value.length;
  const shown = model.shown.value.length;
  if (model.mode.value === "compare") {
    return shown >= count ? null : <p class="chart-note">Shows {shown} of {count} sources.</p>;
  }
  if (count < 2 || model.source.value !== undefined) return null;
  return (
    <p class="chart-note">
      Prices of {count} sources in one: where they differ, it goes up and down between them.
    </p>
  );
}

function Summary({ model, visible }: Pick<NotesProps, "model" | "visible">) {
  const range = visible.value;
  const track = model.shown.value[0]?.track;
  if (range === undefined || track === undefined) return null;
  const seen = track.series.candles.filter(({ time }) => time >= range.from && time <= range.to);
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return null;
  const high = Math.max(...seen.map((candle) => candle.high));
  const low = Math.min(...seen.map((candle) => candle.low));
  const { ratio } = changeOf({ price: last.close, open: first.open });
  return (
    <>
      {seen.length} candles of {model.interval.value}, from{" "}
      {candleMoment(first.time, model.interval.value)} to{" "}
      {candleMoment(last.time, model.interval.value)}: opened at {format.price(first.open)}, now
      {" "}
      {format.price(last.close)}, {format.percent(ratio)}. High {format.price(high)}, low{" "}
      {format.price(low)}.{" "}
    </>
  );
}

function ToNow({ model, visible, toNow }: Pick<NotesProps, "model" | "visible" | "toNow">) {
  model.version.value;
  const newest = model.shown.value[0]?.track.series.last;
  const range = visible.value;
  if (newest === undefined || range === undefined || range.to >= newest.time) return null;
  return <button type="button" class="chart-now" onClick={toNow}>To the newest</button>;
}
