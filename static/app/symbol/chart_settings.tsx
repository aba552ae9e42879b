import { INTERVAL_NAMES } from "../../../src/price/candle.ts";
import type { ChartMode, SymbolModel } from "./symbol_model.ts";

const MODES: readonly { mode: ChartMode; label: string }[] = [
  { mode: "candles", label: "Candles" },
  { mode: "line", label: "Line" },
  { mode: "compare", label: "Compare sources" },
];

/** Choice of interval, style and source. Radio buttons, which arrow keys move between by themselves. */
export function ChartSettings({ model }: { readonly model: SymbolModel }) {
  const { interval, mode } = model;
  return (
    <div class="chart-settings">
      <Choice
        name="interval"
        legend="Interval"
        options={INTERVAL_NAMES.map((name) => ({ value: name, label: name }))}
        chosen={interval.value}
        choose={(value) => interval.value = value}
      />
      <Choice
        name="mode"
        legend="Chart"
        options={MODES.map(({ mode, label }) => ({ value: mode, label }))}
        chosen={mode.value}
        choose={(value) => mode.value = value}
      />
      {mode.value === "compare" ? <Scale model={model} /> : <SourceChoice model={model} />}
    </div>
  );
}

function Choice<Value extends string>(
  { name, legend, options, chosen, choose }: {
    readonly name: string;
    readonly legend: string;
    readonly options: readonly { readonly value: Value; readonly label: string }[];
    readonly chosen: Value;
    readonly choose: (value: Value) => void;
  },
) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{legend}</legend>
      {options.map(({ value, label }) => (
        <label key={value}>
          <input
            type="radio"
            class="visually-hidden"
            name={`symbol-${name}`}
            checked={value === chosen}
            onChange={() => choose(value)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Scale({ model }: { readonly model: SymbolModel }) {
  return (
    <label class="chart-option">
      <input
        type="checkbox"
        checked={model.isPercent.value}
        onChange={(event) => model.isPercent.value = event.currentTarget.checked}
      />
      Percent
    </label>
  );
}

function SourceChoice({ model }: { readonly model: SymbolModel }) {
  const sources = model.quotes.value.map(({ source }) => source);
  if (sources.length < 2) return null;
  return (
    <span class="chart-option">
      <select
        aria-label="Source"
        value={model.source.value ?? ""}
        onChange={(event) => {
          // By position: a source may have any name.
          model.source.value = sources[event.currentTarget.selectedIndex - 1];
        }}
      >
        <option value="">All sources</option>
        {sources.map((source) => <option key={source} value={source}>{source}</option>)}
      </select>
    </span>
  );
}
