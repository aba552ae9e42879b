import { logger } from "../log.ts";
import type { PriceSource, TickSink } from "./price_source.ts";
import type { TickBuffer } from "./tick_buffer.ts";
import { type Tick, tickFault } from "./tick.ts";

/** What came from one source. */
export interface SourceTotals {
  readonly source: string;
  /** Ticks taken from it. */
  readonly ticks: number;
  /** Its failures, and ticks that no table could hold. */
  readonly errors: number;
  /** Ticks that it left out because the process was too late for them. */
  readonly skipped: number;
}

const INVALID_LOGGED_MAX = 10;

const log = logger("aggregator");

/** The way from one source into the buffer: checks each tick and counts. */
export class SourceInlet implements TickSink {
  readonly #source: PriceSource;
  readonly #buffer: TickBuffer;
  #ticks = 0;
  #invalid = 0;

  constructor(source: PriceSource, buffer: TickBuffer) {
    this.#source = source;
    this.#buffer = buffer;
  }

  get totals(): SourceTotals {
    const { errors, skipped } = this.#source.counts;
    return {
      source: this.#source.name,
      ticks: this.#ticks,
      errors: errors + this.#invalid,
      skipped,
    };
  }

  /** Runs the source until it ends or `signal` aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#source.run(this, signal);
  }

  emit(ticks: readonly Tick[]): void {
    const valid = ticks.filter((tick) => this.#accepts(tick));
    this.#ticks += valid.length;
    this.#buffer.push(valid);
  }

  room(signal: AbortSignal): Promise<void> {
    return this.#buffer.room(signal);
  }

  #accepts(tick: Tick): boolean {
    const fault = tickFault(tick);
    if (fault === undefined) return true;
    this.#invalid += 1;
    if (this.#invalid <= INVALID_LOGGED_MAX) {
      log.warn("A price from {name} is left out: {fault}", {
        code: "aggregator_tick_invalid",
        name: this.#source.name,
        fault,
      });
    }
    return false;
  }
}
