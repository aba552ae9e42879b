import { SOURCES } from "../aggregator_config.ts";
import { each, type Metric, single } from "../exposition/metric.ts";
import type { AggregatorTotals } from "./progress.ts";
import type { SourceTotals } from "./source_inlet.ts";

/** What an aggregator's metrics are read from. */
export interface AggregatorReading {
  readonly totals: AggregatorTotals;
  /** Resident memory of the process. */
  readonly residentBytes: number;
}

const SOURCE = ["source", SOURCES] as const;

/** Everything that an aggregator tells Prometheus. */
export const AGGREGATOR_METRICS: readonly Metric<AggregatorReading>[] = [
  single(
    "counter",
    "quotewire_aggregator_written_rows_total",
    "Rows that Postgres has acknowledged.",
    ({ totals }) => totals.written,
  ),
  single(
    "counter",
    "quotewire_aggregator_refused_rows_total",
    "Rows that the table would not take.",
    ({ totals }) => totals.refused,
  ),
  single(
    "counter",
    "quotewire_aggregator_dropped_ticks_total",
    "Prices dropped because the buffer was full.",
    ({ totals }) => totals.dropped,
  ),
  single(
    "gauge",
    "quotewire_aggregator_buffered_ticks",
    "Prices that wait to be written, with those that Postgres is being given.",
    ({ totals }) => totals.buffered,
  ),
  each(
    "counter",
    "quotewire_aggregator_ticks_total",
    "Prices taken from the source.",
    SOURCE,
    ({ totals }, source) => ofSource(totals, source, "ticks"),
  ),
  each(
    "counter",
    "quotewire_aggregator_errors_total",
    "Failures of the source, and prices of it that no table could hold.",
    SOURCE,
    ({ totals }, source) => ofSource(totals, source, "errors"),
  ),
  each(
    "counter",
    "quotewire_aggregator_skipped_ticks_total",
    "Prices left out because the process was too late for them.",
    SOURCE,
    ({ totals }, source) => ofSource(totals, source, "skipped"),
  ),
  single(
    "gauge",
    "quotewire_aggregator_resident_memory_bytes",
    "Resident memory of the process.",
    ({ residentBytes }) => residentBytes,
  ),
];

function ofSource(
  { sources }: AggregatorTotals,
  name: string,
  count: "ticks" | "errors" | "skipped",
): number {
  const totals: SourceTotals | undefined = sources.find(({ source }) => source === name);
  return totals?.[count] ?? 0;
}
