import { isReporting, workersReporting } from "../exposition/server_metrics.ts";
import {
  BUCKETS_SECONDS,
  CLOSE_LABELS,
  ENDPOINTS,
  SESSION_KINDS,
  SESSION_SERVICES,
} from "../metric_names.ts";
import type { MetricWriter, SharedMetrics } from "../metrics.ts";
import { databaseStats } from "./database_stats.ts";
import type { StartWorker } from "./worker_messages.ts";

/** What a worker was told of its server. */
export type StatedSettings = Pick<
  StartWorker,
  "processId" | "limits" | "memoryBytesMax" | "version"
>;

/**
 * What `/api/stats` says beyond the counters that sockets are told of: sessions and traffic, how each
 * isolate is doing, how the table is read, the database, and with what settings and versions. All of it
 * lies in memory that the isolates share: nobody is waited for.
 */
export function fullStats(
  counters: Record<string, unknown>,
  metrics: SharedMetrics,
  settings: StatedSettings,
): Record<string, unknown> {
  const nowMs = Date.now();
  return {
    ...counters,
    process: settings.processId,
    sessions: sessionStats(metrics),
    traffic: trafficStats(metrics),
    closes_total: Object.fromEntries(
      CLOSE_LABELS.map((label) => [label, metrics.sum(`closes_${label}`)]),
    ),
    workers_reporting: workersReporting(metrics, nowMs),
    worker_restarts_total: metrics.sum("worker_restarts"),
    isolates: [
      isolateStats("main", metrics.main, nowMs),
      ...metrics.workers.map((worker, row) => isolateStats(String(row), worker, nowMs)),
    ],
    reads: {
      ok_total: metrics.sum("feed_reads_ok"),
      failed_total: metrics.sum("feed_reads_failed"),
      rows_total: metrics.sum("feed_rows"),
      duration_ms_total: metrics.histogram("feed_read").sumSeconds * 1000,
    },
    commit_to_send: {
      bounds_ms: BUCKETS_SECONDS.commit_to_send.map((seconds) => seconds * 1000),
      counts_total: metrics.histogram("commit_to_send").counts,
    },
    database: databaseStats(metrics.main, nowMs),
    resident_bytes: Deno.memoryUsage().rss,
    limits: limitStats(settings),
    versions: { quotewire: settings.version, deno: Deno.version.deno, v8: Deno.version.v8 },
  };
}

function sessionStats(metrics: SharedMetrics): Record<string, unknown>[] {
  return SESSION_KINDS.map((kind) => ({
    ...SESSION_SERVICES[kind],
    open: metrics.sum(`sessions_${kind}`),
    connects_total: metrics.sum(`connects_${kind}`),
  }));
}

function trafficStats(metrics: SharedMetrics): Record<string, unknown>[] {
  return ENDPOINTS.map((endpoint) => ({
    endpoint,
    sent_frames_total: metrics.sum(`frames_sent_${endpoint}`),
    sent_bytes_total: metrics.sum(`bytes_sent_${endpoint}`),
    received_frames_total: metrics.sum(`frames_received_${endpoint}`),
    received_bytes_total: metrics.sum(`bytes_received_${endpoint}`),
    outbox_quotes: metrics.sum(`outbox_quotes_${endpoint}`),
    buffered_bytes: metrics.sum(`buffered_bytes_${endpoint}`),
  }));
}

function isolateStats(
  isolate: string,
  figures: MetricWriter,
  nowMs: number,
): Record<string, unknown> {
  const sessions = SESSION_KINDS.map((kind) => figures.value(`sessions_${kind}`));
  return {
    isolate,
    reporting: isReporting(figures, nowMs),
    sessions: sessions.reduce((sum, count) => sum + count),
    heap_bytes: figures.value("heap_bytes"),
    event_loop_lag_ms: Math.round(figures.value("loop_lag_ms")),
    cpu_ms: Math.round(figures.value("cpu_ms")),
    cpu_ms_total: Math.round(figures.value("cpu_ms_ever")),
    restarts_total: figures.value("worker_restarts"),
  };
}

function limitStats({ limits, memoryBytesMax }: StatedSettings): Record<string, number> {
  return {
    sessions: limits.sessionsMax,
    sessions_per_ip: limits.sessionsPerIpMax,
    message_bytes: limits.messageBytesMax,
    messages_per_second: limits.messagesPerSecondMax,
    chat_bytes_per_second: limits.chatBytesPerSecondMax,
    send_buffer_bytes: limits.sendBufferBytesMax,
    slow_client_deadline_ms: limits.slowClientDeadlineMs,
    idle_timeout_ms: limits.idleTimeoutMs,
    memory_bytes: memoryBytesMax,
  };
}
