import type { Tick } from "./tick.ts";

/** Where a source puts its ticks. */
export interface TickSink {
  /** Takes ticks in the order in which they shall be written. Never blocks, never throws. */
  emit(ticks: readonly Tick[]): void;
  /**
   * Resolves when there is room for many more ticks, or when `signal` aborts. For sources that can
   * wait: live ones emit all the same, because an old price is worth less than a new one.
   */
  room(signal: AbortSignal): Promise<void>;
}

/** What went wrong in a source since it was made. */
export interface SourceCounts {
  /** Upstream failures, unreadable answers, bad lines. */
  readonly errors: number;
  /** Ticks left out because the process was too late for them. */
  readonly skipped: number;
}

/** Something that prices come from. */
export interface PriceSource {
  /** As in `AGGREGATOR_SOURCES`; names the source in logs. */
  readonly name: string;
  readonly counts: SourceCounts;
  /**
   * Emits ticks until `signal` aborts or the source has no more.
   *
   * - It MUST resolve within a second of the abort, and MUST NOT reject because of it.
   * - It MUST NOT emit once it has settled.
   * - What may pass by waiting (a network, an upstream limit) MUST be counted in `errors`, logged once
   *   per change, and retried with a growing, bounded pause. It MUST NOT reject for it.
   * - It MUST reject with a `SetupError` for what only the operator can repair.
   * - It MUST hold a bounded amount of memory.
   * - No secret may appear in a log line or an error's text.
   */
  run(sink: TickSink, signal: AbortSignal): Promise<void>;
}
