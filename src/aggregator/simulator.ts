import { sleep } from "../lifecycle.ts";
import { Market } from "./market.ts";
import { Pacer } from "./pacer.ts";
import type { PriceSource, SourceCounts, TickSink } from "./price_source.ts";
import { StampClock } from "./stamp_clock.ts";

/** The names under which the simulated market's two venues report. */
export const SIMULATED_VENUES = ["sim_nyse", "sim_iex"] as const;

/** What the simulator needs to know. */
export interface SimulatorOptions {
  readonly symbols: readonly string[];
  /** Over all symbols and venues. */
  readonly ticksPerSecond: number;
  /** The same seed, symbols, rate and last prices give the same prices in the same order. */
  readonly seed: number;
  /** Where symbols were when a simulation before this one stopped. */
  readonly lastPrices?: ReadonlyMap<string, number>;
}

/** Timers fire late and cost something each, so ticks of the same few milliseconds go together. */
const BATCH_INTERVAL_MS = 15;

/** Simulated prices at a steady rate, stamped with the present time. */
export class Simulator implements PriceSource {
  readonly name = "simulator";
  readonly #options: SimulatorOptions;
  #pacer: Pacer | undefined;

  constructor(options: SimulatorOptions) {
    this.#options = options;
  }

  get counts(): SourceCounts {
    return { errors: 0, skipped: this.#pacer?.skipped ?? 0 };
  }

  async run(sink: TickSink, signal: AbortSignal): Promise<void> {
    const { ticksPerSecond, ...options } = this.#options;
    const market = new Market({
      ...options,
      venues: SIMULATED_VENUES,
      quotesPerSecond: ticksPerSecond,
    });
    const pacer = new Pacer(ticksPerSecond, performance.now());
    const clock = new StampClock();
    this.#pacer = pacer;
    while (!signal.aborted) {
      const timestamp = clock.seconds();
      const ticks = Array.from(
        { length: pacer.take(performance.now()) },
        () => ({ ...market.next(), timestamp }),
      );
      if (ticks.length > 0) sink.emit(ticks);
      await sleep(Math.max(BATCH_INTERVAL_MS, pacer.waitMs(performance.now())), signal);
    }
  }
}
