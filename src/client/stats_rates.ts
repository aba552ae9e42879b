import type { ServerStats } from "./server_stats.ts";

/** What happened between two answers of a server, a second. */
export interface StatsRates {
  readonly reads: number;
  readonly failedReads: number;
  readonly rows: number;
  /** Mean of the reads in between; undefined where there was none. */
  readonly readMs: number | undefined;
  readonly connects: number;
  readonly rejections: number;
  readonly slowDrops: number;
  readonly delivered: number;
  readonly conflated: number;
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  /** Processor time of each isolate, from 0 to 1, in the order of the answer. */
  readonly cpuShares: readonly number[];
  /** Upper bounds of the time from insert to send, of half and of 99 % of the batches in between. */
  readonly delay: DelayBounds | undefined;
}

/** `Infinity` is beyond what the server tells apart. */
export interface DelayBounds {
  readonly halfMs: number;
  readonly mostMs: number;
}

const MOST = 0.99;

/**
 * Takes the difference of two answers, by the server's own clock: how long they took on the way does not
 * count. Undefined when they are not of one process, or of the same moment.
 */
export function ratesBetween(before: ServerStats, now: ServerStats): StatsRates | undefined {
  const seconds = (now.uptime_ms - before.uptime_ms) / 1000;
  if (seconds <= 0 || now.process !== before.process) return undefined;
  const rate = (read: (stats: ServerStats) => number) =>
    Math.max(read(now) - read(before), 0) / seconds;
  const traffic = (key: keyof ServerStats["traffic"][number]) =>
    rate((stats) => stats.traffic.reduce((sum, one) => sum + one[key], 0));
  const reads = rate((stats) => stats.reads.ok_total);
  return {
    reads,
    failedReads: rate((stats) => stats.reads.failed_total),
    rows: rate((stats) => stats.reads.rows_total),
    readMs: reads > 0 ? rate((stats) => stats.reads.duration_ms_total) / reads : undefined,
    connects: rate((stats) => stats.connects_total),
    rejections: rate((stats) => stats.rejected_total),
    slowDrops: rate((stats) => stats.slow_drops_total),
    delivered: rate((stats) => stats.updates_delivered_total),
    conflated: rate((stats) => stats.updates_conflated_total),
    sentFrames: traffic("sent_frames_total"),
    sentBytes: traffic("sent_bytes_total"),
    receivedFrames: traffic("received_frames_total"),
    receivedBytes: traffic("received_bytes_total"),
    cpuShares: now.isolates.map((_, at) =>
      rate((stats) => stats.isolates[at]?.cpu_ms_total ?? 0) / 1000
    ),
    delay: delayBetween(before.commit_to_send, now.commit_to_send),
  };
}

type Delays = ServerStats["commit_to_send"];

function delayBetween(before: Delays, now: Delays): DelayBounds | undefined {
  const counts = now.counts_total.map((count, at) =>
    Math.max(count - (before.counts_total[at] ?? 0), 0)
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const bound = (share: number) => {
    let seen = 0;
    const at = counts.findIndex((count) => (seen += count) >= share * total);
    return now.bounds_ms[at] ?? Infinity;
  };
  return { halfMs: bound(0.5), mostMs: bound(MOST) };
}
