import type { Signal } from "@preact/signals";
import * as v from "valibot";
import { INTERVAL_NAMES, type IntervalName } from "../../../src/price/candle.ts";
import { type SignalStorage, storedSignal } from "../stored_signal.ts";
import { type SourceChoice, sourceChoiceSchema } from "./source_choice.ts";

const MODES = ["candles", "line", "compare"] as const;

/** How the prices of a symbol are shown. */
export type ChartMode = typeof MODES[number];

/** How the user wants charts, of whatever symbol. */
export interface ChartChoices {
  readonly interval: Signal<IntervalName>;
  readonly mode: Signal<ChartMode>;
  readonly source: Signal<SourceChoice>;
  /** Whether compared sources are drawn as changes in percent. */
  readonly isPercent: Signal<boolean>;
}

const flag = v.pipe(v.picklist(["true", "false"]), v.transform((text) => text === "true"));

/** The choices that the browser keeps. */
export function storedChartChoices(storage: SignalStorage): ChartChoices {
  return {
    interval: storedSignal(storage, "quotewire.chart.interval", v.picklist(INTERVAL_NAMES), "1m"),
    mode: storedSignal(storage, "quotewire.chart.mode", v.picklist(MODES), "candles"),
    source: storedSignal(storage, "quotewire.chart.source", sourceChoiceSchema, "auto"),
    isPercent: storedSignal<boolean>(storage, "quotewire.chart.percent", flag, true),
  };
}
