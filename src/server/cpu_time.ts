import process from "node:process";
import type { MetricWriter } from "../metrics.ts";

const INTERVAL_MS = 250;

/** Counts the processor time of the thread that this isolate runs on, as `cpu_ms`, for as long as it runs. */
export function keepCpuTime(counters: MetricWriter): void {
  let countedMs = 0;
  const count = () => {
    const { user, system } = process.threadCpuUsage();
    const usedMs = (user + system) / 1000;
    counters.add("cpu_ms", usedMs - countedMs);
    countedMs = usedMs;
  };
  count();
  setInterval(count, INTERVAL_MS);
}
