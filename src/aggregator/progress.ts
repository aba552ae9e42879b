import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { SourceTotals } from "./source_inlet.ts";

/** What an aggregator has done since it started. */
export interface AggregatorTotals {
  /** Rows that Postgres has acknowledged. */
  readonly written: number;
  /** Rows that the table would not take. */
  readonly refused: number;
  /** Ticks dropped because the buffer was full. */
  readonly dropped: number;
  /** Ticks that wait to be written, or are being written; at the end, those that are lost. */
  readonly buffered: number;
  readonly sources: readonly SourceTotals[];
}

const INTERVAL_MS = 5000;

const log = logger("aggregator");

/** Logs one line every five seconds until `signal` aborts. */
export async function reportProgress(
  totals: () => AggregatorTotals,
  signal: AbortSignal,
): Promise<void> {
  let before = { atMs: performance.now(), written: totals().written };
  for (;;) {
    await sleep(INTERVAL_MS, signal);
    if (signal.aborted) return;
    const now = totals();
    const atMs = performance.now();
    const rate = (now.written - before.written) / ((atMs - before.atMs) / 1000);
    before = { atMs, written: now.written };
    log.info("{rate} rows/s, {summary}", {
      code: "aggregator_progress",
      rate: rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate),
      summary: summaryText(now),
      ...now,
    });
  }
}

/** The totals as one line of text; refused rows and skipped ticks only when there are any. */
export function summaryText(totals: AggregatorTotals): string {
  const counts = [
    `${totals.written} written`,
    `${totals.buffered} buffered`,
    `${totals.dropped} dropped`,
  ];
  if (totals.refused > 0) counts.push(`${totals.refused} refused by the table`);
  const sources = totals.sources.map(({ source, ticks, errors, skipped }) => {
    const skips = skipped > 0 ? `, ${skipped} skipped` : "";
    return `${source} ${ticks} ticks, ${errors} errors${skips}`;
  });
  return [counts.join(", "), ...sources].join("; ");
}
