import { newestAgeMs, type ServerStats } from "./server_stats.ts";
import type { StatsRates } from "./stats_rates.ts";
import { printable } from "./terminal_text.ts";

/**
 * How a server is doing as one line for pipes and files: the time, and `name=figure` of each figure, with
 * tabs between. A figure that is not known is left out.
 *
 * @param atMs when the server answered, in milliseconds since the unix epoch
 */
export function topLine(atMs: number, stats: ServerStats, rates: StatsRates | undefined): string {
  const workers = stats.isolates.filter(({ isolate }) => isolate !== "main");
  const figures: Record<string, string | number | null | undefined> = {
    feed: stats.feed.status,
    mode: printable(stats.feed.mode),
    age_ms: stats.feed.age_ms,
    clients: stats.sockets,
    reads_per_second: rates?.reads,
    read_ms: rates?.readMs,
    rows_per_second: rates?.rows,
    sent_updates_per_second: rates?.delivered,
    conflated_updates_per_second: rates?.conflated,
    sent_frames_per_second: rates?.sentFrames,
    sent_bytes_per_second: rates?.sentBytes,
    received_frames_per_second: rates?.receivedFrames,
    slow_drops: stats.slow_drops_total,
    rejected: stats.rejected_total,
    workers: `${stats.workers_reporting}/${stats.workers}`,
    lag_ms_max: Math.max(...stats.isolates.map(({ event_loop_lag_ms: lagMs }) => lagMs), 0),
    cpu_max: rates && Math.max(...rates.cpuShares, 0),
    restarts: workers.reduce((sum, { restarts_total: restarts }) => sum + restarts, 0),
    resident_bytes: stats.resident_bytes,
    database: stats.database.reachable ? "up" : "away",
    newest_age_ms: newestAgeMs(stats),
    uptime_ms: stats.uptime_ms,
    process: printable(stats.process),
  };
  const known = Object.entries(figures).flatMap(([name, figure]) => {
    if (figure === null || figure === undefined) return [];
    return `${name}=${typeof figure === "number" ? Number(figure.toFixed(2)) : figure}`;
  });
  return [new Date(atMs).toISOString(), ...known].join("\t");
}
