import type { HistogramReading } from "../metrics.ts";

/** Label names, each with every value that it can have: labels are never made of what comes from outside. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

/** One value, and by which labels it is found among those of its metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Described {
  /** With its unit: `quotewire_NAME_seconds`, `_bytes`; `_total` for counters. */
  readonly name: string;
  /** A sentence. */
  readonly help: string;
}

/** A value that only grows, or one that goes up and down. */
export interface ValueMetric<Source> extends Described {
  readonly type: "counter" | "gauge";
  readonly labels: LabelSets;
  /** Every sample that there is at the moment. */
  read(source: Source): readonly Sample[];
}

/** How often something took how long. */
export interface HistogramMetric<Source> extends Described {
  readonly type: "histogram";
  /** Upper bounds of all buckets but the last, in seconds. */
  readonly boundsSeconds: readonly number[];
  read(source: Source): HistogramReading;
}

/** What Prometheus can be told of something, and how to read it there. */
export type Metric<Source> = ValueMetric<Source> | HistogramMetric<Source>;

/** A metric without labels. */
export function single<Source>(
  type: ValueMetric<Source>["type"],
  name: string,
  help: string,
  read: (source: Source) => number,
): ValueMetric<Source> {
  return { type, name, help, labels: {}, read: (source) => [{ value: read(source) }] };
}

/** A metric with one label, that has a sample for each of its values. */
export function each<Source, Value extends string>(
  type: ValueMetric<Source>["type"],
  name: string,
  help: string,
  [label, values]: readonly [label: string, values: readonly Value[]],
  read: (source: Source, value: Value) => number,
): ValueMetric<Source> {
  return {
    type,
    name,
    help,
    labels: { [label]: values },
    read: (source) =>
      values.map((value) => ({ labels: { [label]: value }, value: read(source, value) })),
  };
}
