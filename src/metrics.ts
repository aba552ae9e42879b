import {
  BUCKETS_SECONDS,
  COUNTERS,
  GAUGES,
  type HistogramName,
  type MetricName,
  type SessionKind,
} from "./metric_names.ts";

const NAMES: readonly MetricName[] = [...GAUGES, ...COUNTERS];
const COLUMNS: ReadonlyMap<MetricName, number> = new Map(NAMES.map((name, at) => [name, at]));

/** What a histogram has counted. */
export interface HistogramReading {
  /** Of each bucket alone, and last of what is beyond all bounds. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/**
 * Numbers that all isolates of the process share without messages: one row per worker and one for the main
 * isolate in shared memory, each written by that isolate alone, summed by whoever reads. A sum is exact once
 * the writers pause. What a worker has counted outlives it, and can be read while it hangs.
 */
export class SharedMetrics {
  /** Hand this to another isolate and wrap it there with `new SharedMetrics(workers, buffer)`. */
  readonly buffer: SharedArrayBuffer;
  readonly #workers: number;
  readonly #cells: Float64Array;

  constructor(
    workers: number,
    buffer = new SharedArrayBuffer((workers + 1) * NAMES.length * Float64Array.BYTES_PER_ELEMENT),
  ) {
    this.buffer = buffer;
    this.#workers = workers;
    this.#cells = new Float64Array(buffer);
  }

  /** The row that worker number `row` writes. */
  writer(row: number): MetricWriter {
    return new MetricWriter(this.#cells.subarray(row * NAMES.length, (row + 1) * NAMES.length));
  }

  /** The row that the main isolate writes. */
  get main(): MetricWriter {
    return this.writer(this.#workers);
  }

  /** Every worker's row. */
  get workers(): readonly MetricWriter[] {
    return Array.from({ length: this.#workers }, (_, row) => this.writer(row));
  }

  /** The value over all isolates. */
  sum(name: MetricName): number {
    const column = columnOf(name);
    let total = 0;
    for (let at = column; at < this.#cells.length; at += NAMES.length) {
      total += this.#cells[at] ?? 0;
    }
    return total;
  }

  /** The values of all of these, over all isolates. */
  sumOf(names: readonly MetricName[]): number {
    return names.reduce((total, name) => total + this.sum(name), 0);
  }

  /** Open sessions of these kinds over all workers. */
  sessions(kinds: readonly SessionKind[]): number {
    return this.sumOf(kinds.map((kind) => `sessions_${kind}` as const));
  }

  /** What all isolates have observed. */
  histogram(name: HistogramName): HistogramReading {
    const counts = [...BUCKETS_SECONDS[name], Infinity].map((_, at) =>
      this.sum(`${name}_bucket_${at}`)
    );
    return { counts, sumSeconds: this.sum(`${name}_sum`) };
  }

  /** Forgets the gauges of a worker that is gone; what it counted stays. */
  clearGauges(row: number): void {
    for (const name of GAUGES) this.writer(row).set(name, 0);
  }
}

/** Counts for one isolate. */
export class MetricWriter {
  readonly #cells: Float64Array;

  /** @param cells one for each name */
  constructor(cells: Float64Array) {
    this.#cells = cells;
  }

  add(name: MetricName, amount: number): void {
    const column = columnOf(name);
    this.#cells[column] = (this.#cells[column] ?? 0) + amount;
  }

  /** As `add`, with the name looked up beforehand: for what is counted with every frame. */
  adder(name: MetricName): (amount: number) => void {
    const cells = this.#cells;
    const column = columnOf(name);
    return (amount) => {
      cells[column] = (cells[column] ?? 0) + amount;
    };
  }

  /** As `value` of all these together, with the names looked up beforehand. */
  reader(names: readonly MetricName[]): () => number {
    const cells = this.#cells;
    const columns = names.map(columnOf);
    return () => {
      let total = 0;
      for (const column of columns) total += cells[column] ?? 0;
      return total;
    };
  }

  set(name: MetricName, value: number): void {
    this.#cells[columnOf(name)] = value;
  }

  /** What counts one observation of a histogram, in seconds that are not below 0. */
  observer(name: HistogramName): (seconds: number) => void {
    const bounds: readonly number[] = BUCKETS_SECONDS[name];
    const buckets = [...bounds, Infinity].map((_, at) => this.adder(`${name}_bucket_${at}`));
    const sum = this.adder(`${name}_sum`);
    return (seconds) => {
      let at = 0;
      while (seconds > (bounds[at] ?? Infinity)) at += 1;
      buckets[at]?.(1);
      sum(seconds);
    };
  }

  /** What this isolate has counted. */
  value(name: MetricName): number {
    return this.#cells[columnOf(name)] ?? 0;
  }
}

/** @throws {RangeError} for a name that is none, which only a wrong number of a bucket could be */
function columnOf(name: MetricName): number {
  const column = COLUMNS.get(name);
  if (column === undefined) throw new RangeError(`Cannot count ${name}: must be a metric, is none`);
  return column;
}
