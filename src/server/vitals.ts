import process from "node:process";
import v8 from "node:v8";
import type { Closable } from "../lifecycle.ts";
import type { MetricWriter } from "../metrics.ts";

const INTERVAL_MS = 250;
/** The lag that is told is the longest of this window and the one before: no scrape in between misses it. */
const LAG_WINDOW_MS = 15_000;

/**
 * Tells how this isolate is doing, for as long as it runs: the processor time of its thread, how full its
 * heap is, by how much its event loop is late, and that it runs at all.
 */
export function keepVitals(counters: MetricWriter): Closable {
  const lag = new LagWatch(performance.now());
  let countedMs = 0;
  const look = () => {
    const { user, system } = process.threadCpuUsage();
    const usedMs = (user + system) / 1000;
    counters.add("cpu_ms", usedMs - countedMs);
    counters.add("cpu_ms_ever", usedMs - countedMs);
    countedMs = usedMs;
    counters.set("heap_bytes", v8.getHeapStatistics().used_heap_size);
    counters.set("loop_lag_ms", lag.look(performance.now()));
    // Every isolate has a monotonic clock of its own; this one they share.
    counters.set("beat_at_ms", Date.now());
  };
  look();
  const timer = setInterval(look, INTERVAL_MS);
  return { close: () => clearInterval(timer) };
}

/** By how much a timer that is due every `INTERVAL_MS` is late at the most. */
export class LagWatch {
  #dueAtMs: number;
  #windowSinceMs: number;
  #maxMs = 0;
  #maxBeforeMs = 0;

  /** @param nowMs on any clock that never goes back, as is that of `look` */
  constructor(nowMs: number) {
    this.#dueAtMs = nowMs;
    this.#windowSinceMs = nowMs;
  }

  /** The timer has fired. Returns the longest lag of late, in milliseconds. */
  look(nowMs: number): number {
    if (nowMs - this.#windowSinceMs >= LAG_WINDOW_MS) {
      this.#windowSinceMs = nowMs;
      this.#maxBeforeMs = this.#maxMs;
      this.#maxMs = 0;
    }
    this.#maxMs = Math.max(this.#maxMs, nowMs - this.#dueAtMs);
    this.#dueAtMs = nowMs + INTERVAL_MS;
    return Math.max(this.#maxMs, this.#maxBeforeMs);
  }
}
