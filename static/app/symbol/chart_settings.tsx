import { INTERVAL_NAMES } from "../../../src/price/candle.ts";
import type { ChartMode } from "./chart_choices.ts";
import type { SymbolModel } from "./symbol_model.ts";

const MODES: readonly { mode: ChartMode; label: string }[] = [
  { mode: "candles", label: "Candles" },
  { mode: "line", label: "Line" },
  { mode: "compare", label: "Compare sources" },
];

/** Choice of interval, style and source. Radio buttons, which arrow keys move between by themselves. */
export function ChartSettings({ model }: { readonly model: SymbolModel }) {
  const { interval, mode } = model;
  const isChoice = model.quotes.value.length > 1;
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
        options={MODES
          .filter((one) => isChoice || one.mode !== "compare" || mode.value === "compare")
          .map(({ mode, label }) => ({ value: mode, label }))}
        chosen={mode.value}
        choose={(value) => mode.value = value}
      />
      {isChoice && <SourceSelect model={model} />}
      {mode.value === "compare" && <Scale model={model} />}
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
        checked={model.choices.isPercent.value}
        onChange={(event) => model.choices.isPercent.value = event.currentTarget.checked}
      />
      Percent
    </label>
  );
}

function SourceSelect({ model }: { readonly model: SymbolModel }) {
  const sources = model.quotes.value.map(({ source }) => source);
  return (
    <span class="chart-option">
      <select
        aria-label="Source"
        // By position: a source may have any name.
        value={String(sources.indexOf(model.source.value ?? ""))}
        onChange={(event) => {
          const source = sources[Number(event.currentTarget.value)];
          model.choices.source.value = source === undefined ? "all" : `=${source}`;
        }}
      >
        {sources.map((source, index) => <option key={source} value={String(index)}>{source}
        </option>)}
        <option value="-1">All together</option>
      </select>
    </span>
  );
}
