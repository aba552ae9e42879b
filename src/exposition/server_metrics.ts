import { BUCKETS_SECONDS, type MetricName } from "../metric_names.ts";
import type { MetricWriter, SharedMetrics } from "../metrics.ts";
import { CHAT_METRICS } from "./chat_metrics.ts";
import { CLUSTER_METRICS } from "./cluster_metrics.ts";
import { each, type Metric, single, type ValueMetric } from "./metric.ts";
import type { ServerReading } from "./server_reading.ts";
import { SESSION_METRICS } from "./session_metrics.ts";

/** A worker that has not told of itself for so long hangs, or is being replaced. */
const SILENCE_MS_MAX = 3000;

/** As many isolates as `WORKERS` can make it. */
const ISOLATES = ["main", ...Array.from({ length: 64 }, (_, row) => String(row))];

const READS = { ok: "feed_reads_ok", failed: "feed_reads_failed" } as const;

const FEED_METRICS: readonly Metric<ServerReading>[] = [
  each(
    "gauge",
    "quotewire_feed_state",
    "1 for the state that the feed is in, else 0.",
    ["state", ["live", "delayed", "down"]],
    ({ feed }, state) => feed.status === state ? 1 : 0,
  ),
  each(
    "gauge",
    "quotewire_feed_mode",
    "1 for FEED_MODE, else 0.",
    ["mode", ["poll", "listen"]],
    ({ feed }, mode) => feed.mode === mode ? 1 : 0,
  ),
  single(
    "gauge",
    "quotewire_feed_age_seconds",
    "Time since the table was last known to be read up to date.",
    ({ feed }) => feed.ageMs / 1000,
  ),
  each(
    "counter",
    "quotewire_feed_reads_total",
    "Reads of the table, by how they ended.",
    ["result", ["ok", "failed"]],
    ({ metrics }, result) => metrics.sum(READS[result]),
  ),
  single(
    "counter",
    "quotewire_feed_rows_total",
    "Rows that the reads found.",
    ({ metrics }) => metrics.sum("feed_rows"),
  ),
  single(
    "counter",
    "quotewire_feed_left_out_rows_total",
    "New rows that break the table's rules and are never shown.",
    ({ metrics }) => metrics.sum("feed_left_out_rows"),
  ),
  {
    type: "histogram",
    name: "quotewire_feed_read_duration_seconds",
    help: "How long a read took that succeeded.",
    boundsSeconds: BUCKETS_SECONDS.feed_read,
    read: ({ metrics }) => metrics.histogram("feed_read"),
  },
  {
    type: "histogram",
    name: "quotewire_commit_to_send_seconds",
    help:
      "From the insert of a batch's oldest price to its last frame, of each batch in each worker.",
    boundsSeconds: BUCKETS_SECONDS.commit_to_send,
    read: ({ metrics }) => metrics.histogram("commit_to_send"),
  },
  single(
    "counter",
    "quotewire_hub_gaps_total",
    "Lost batches that workers noticed.",
    ({ metrics }) => metrics.sum("hub_gaps"),
  ),
  single(
    "counter",
    "quotewire_hub_resyncs_total",
    "Times that a worker took over the whole book: at its start, after the first read, and after a gap.",
    ({ metrics }) => metrics.sum("hub_resyncs"),
  ),
];

const RUNTIME_METRICS: readonly Metric<ServerReading>[] = [
  single(
    "gauge",
    "quotewire_workers",
    "Workers that there should be.",
    ({ metrics }) => metrics.workers.length,
  ),
  single(
    "gauge",
    "quotewire_workers_reporting",
    "Workers whose event loop turned within the last 3 s.",
    ({ metrics, nowMs }) => workersReporting(metrics, nowMs),
  ),
  single(
    "counter",
    "quotewire_worker_restarts_total",
    "Workers that went wrong and were replaced.",
    ({ metrics }) => metrics.sum("worker_restarts"),
  ),
  single(
    "gauge",
    "quotewire_resident_memory_bytes",
    "Resident memory of the process.",
    ({ residentBytes }) => residentBytes,
  ),
  single(
    "gauge",
    "quotewire_resident_memory_max_bytes",
    "MEMORY_BYTES_MAX: above it a worker is replaced.",
    ({ memoryBytesMax }) => memoryBytesMax,
  ),
  single(
    "gauge",
    "quotewire_start_time_seconds",
    "When the server started, since the unix epoch.",
    ({ startedAtMs }) => startedAtMs / 1000,
  ),
  {
    type: "gauge",
    name: "quotewire_certificate_expiry_seconds",
    help: "When the certificate expires, since the unix epoch; only with TLS_CERT.",
    labels: {},
    read: ({ certificateExpiresAtMs }) =>
      certificateExpiresAtMs === undefined ? [] : [{ value: certificateExpiresAtMs / 1000 }],
  },
  byIsolate("gauge", "quotewire_heap_bytes", "JavaScript heap in use.", "heap_bytes", 1),
  byIsolate(
    "gauge",
    "quotewire_event_loop_lag_seconds",
    "The longest delay of a timer within the last 15 to 30 s.",
    "loop_lag_ms",
    1000,
  ),
  byIsolate(
    "counter",
    "quotewire_cpu_seconds_total",
    "Processor time of the isolate's thread.",
    "cpu_ms_ever",
    1000,
  ),
];

/** How many workers have told of themselves lately. @param nowMs since the unix epoch */
export function workersReporting({ workers }: SharedMetrics, nowMs: number): number {
  return workers.filter((one) => isReporting(one, nowMs)).length;
}

/** Whether the event loop of the isolate has turned lately. @param nowMs since the unix epoch */
export function isReporting(isolate: MetricWriter, nowMs: number): boolean {
  return nowMs - isolate.value("beat_at_ms") < SILENCE_MS_MAX;
}

/** Everything that a server tells Prometheus. */
export const SERVER_METRICS: readonly Metric<ServerReading>[] = [
  ...SESSION_METRICS,
  ...FEED_METRICS,
  ...CLUSTER_METRICS,
  ...CHAT_METRICS,
  ...RUNTIME_METRICS,
];

function byIsolate(
  type: "counter" | "gauge",
  name: string,
  help: string,
  cell: MetricName,
  divisor: number,
): ValueMetric<ServerReading> {
  return {
    type,
    name,
    help,
    labels: { isolate: ISOLATES },
    read: ({ metrics }) =>
      [metrics.main, ...metrics.workers].map((isolate, at) => ({
        labels: { isolate: at === 0 ? "main" : String(at - 1) },
        value: isolate.value(cell) / divisor,
      })),
  };
}
