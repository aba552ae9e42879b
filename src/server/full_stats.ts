import type { SessionLimits } from "../config.ts";
import type { MetricWriter, SharedMetrics } from "../metrics.ts";
import { SESSION_KINDS } from "../metric_names.ts";
import { workersReporting } from "../exposition/server_metrics.ts";

/**
 * What `/api/stats` says beyond the counters that sockets are told of: how each isolate is doing, how the
 * table is read, and with what settings and versions.
 */
export function fullStats(
  counters: Record<string, unknown>,
  metrics: SharedMetrics,
  limits: SessionLimits,
): Record<string, unknown> {
  return {
    ...counters,
    workers_reporting: workersReporting(metrics, Date.now()),
    worker_restarts_total: metrics.sum("worker_restarts"),
    isolates: [
      isolateStats("main", metrics.main),
      ...metrics.workers.map((worker, row) => isolateStats(String(row), worker)),
    ],
    reads: {
      ok_total: metrics.sum("feed_reads_ok"),
      failed_total: metrics.sum("feed_reads_failed"),
      rows_total: metrics.sum("feed_rows"),
    },
    resident_bytes: Deno.memoryUsage().rss,
    limits: {
      sessions: limits.sessionsMax,
      sessions_per_ip: limits.sessionsPerIpMax,
      message_bytes: limits.messageBytesMax,
      messages_per_second: limits.messagesPerSecondMax,
      send_buffer_bytes: limits.sendBufferBytesMax,
      slow_client_deadline_ms: limits.slowClientDeadlineMs,
      idle_timeout_ms: limits.idleTimeoutMs,
    },
    versions: { deno: Deno.version.deno, v8: Deno.version.v8 },
  };
}

function isolateStats(isolate: string, figures: MetricWriter): Record<string, unknown> {
  const sessions = SESSION_KINDS.map((kind) => figures.value(`sessions_${kind}`));
  return {
    isolate,
    sessions: sessions.reduce((sum, count) => sum + count),
    heap_bytes: figures.value("heap_bytes"),
    event_loop_lag_ms: Math.round(figures.value("loop_lag_ms")),
    cpu_ms: Math.round(figures.value("cpu_ms")),
  };
}
