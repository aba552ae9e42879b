/** What a session can be: the price feed's two dialects, and the other services by their endpoints. */
export type SessionKind = "classic" | "v1" | "echo" | "events" | "chat" | "relay";

/** The kinds that are clients of the price feed. */
export const PRICE_KINDS: readonly SessionKind[] = ["classic", "v1"];

/** Values that go up and down; they start at 0 again when an isolate is replaced. */
export const GAUGES = [
  "sockets",
  "sessions_classic",
  "sessions_v1",
  "sessions_echo",
  "sessions_events",
  "sessions_chat",
  "sessions_relay",
  "cpu_ms",
] as const;

/** Values that only grow, since the process began. */
export const COUNTERS = [
  "connects_total",
  "rejected_total",
  "messages_invalid_total",
  "updates_delivered_total",
  "updates_conflated_total",
  "slow_drops_total",
  "hub_gaps_total",
] as const;

/** Name of a value that isolates count together. */
export type MetricName = typeof GAUGES[number] | typeof COUNTERS[number];

const NAMES: readonly MetricName[] = [...GAUGES, ...COUNTERS];

/**
 * Numbers that all isolates of the process share without messages: one row per worker in shared
 * memory, written by that worker alone, summed by whoever reads. A sum is exact once the writers pause.
 */
export class SharedMetrics {
  /** Hand this to another isolate and wrap it there with `new SharedMetrics(rows, buffer)`. */
  readonly buffer: SharedArrayBuffer;
  readonly #rows: number;
  readonly #cells: Float64Array;

  /** @param rows one per worker */
  constructor(
    rows: number,
    buffer = new SharedArrayBuffer(rows * NAMES.length * Float64Array.BYTES_PER_ELEMENT),
  ) {
    this.buffer = buffer;
    this.#rows = rows;
    this.#cells = new Float64Array(buffer);
  }

  /** The row that worker number `row` writes. */
  writer(row: number): MetricWriter {
    const cells = this.#cells.subarray(row * NAMES.length, (row + 1) * NAMES.length);
    return {
      add: (name, amount) => {
        const index = NAMES.indexOf(name);
        cells[index] = (cells[index] ?? 0) + amount;
      },
      value: (name) => cells[NAMES.indexOf(name)] ?? 0,
    };
  }

  /** The value over all workers. */
  sum(name: MetricName): number {
    const column = NAMES.indexOf(name);
    let total = 0;
    for (let row = 0; row < this.#rows; row++) {
      total += this.#cells[row * NAMES.length + column] ?? 0;
    }
    return total;
  }

  /** Open sessions of these kinds over all workers. */
  sessions(kinds: readonly SessionKind[]): number {
    return kinds.reduce((total, kind) => total + this.sum(`sessions_${kind}`), 0);
  }

  /** Every value over all workers, by name. */
  sums(): Record<string, number> {
    return Object.fromEntries(NAMES.map((name) => [name, this.sum(name)]));
  }

  /** Forgets the gauges of a worker that is gone; what it counted stays. */
  clearGauges(row: number): void {
    for (const name of GAUGES) this.#cells[row * NAMES.length + NAMES.indexOf(name)] = 0;
  }
}

/** Counts for one worker. */
export interface MetricWriter {
  add(name: MetricName, amount: number): void;
  /** What this worker has counted. */
  value(name: MetricName): number;
}
