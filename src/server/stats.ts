import type { Replica } from "../hub/replica.ts";
import { PRICE_KINDS, REFUSAL_RULES, SESSION_KINDS, type SessionKind } from "../metric_names.ts";
import type { SharedMetrics } from "../metrics.ts";
import { wireFeed } from "../session/frames.ts";

const V1_KINDS: readonly SessionKind[] = ["v1_json", "v1_deflate"];

/** What `stats`, `/stats` and `/api/stats` say: counts of the whole server, seen from one worker. */
export function serverStats(
  replica: Replica,
  metrics: SharedMetrics,
  options: { readonly workers: number; readonly startedAtMs: number },
): Record<string, unknown> {
  return {
    active_clients: metrics.sessions(PRICE_KINDS),
    sockets: metrics.sum("sockets"),
    sessions_classic: metrics.sum("sessions_classic"),
    sessions_v1: metrics.sessions(V1_KINDS),
    sessions_echo: metrics.sum("sessions_echo"),
    sessions_events: metrics.sum("sessions_events"),
    sessions_chat: metrics.sum("sessions_chat"),
    sessions_relay: metrics.sum("sessions_relay"),
    cpu_ms: metrics.sum("cpu_ms"),
    connects_total: metrics.sumOf(SESSION_KINDS.map((kind) => `connects_${kind}` as const)),
    rejected_total: metrics.sumOf(REFUSAL_RULES.map((rule) => `rejected_${rule}` as const)),
    messages_invalid_total: metrics.sum("messages_invalid"),
    updates_delivered_total: metrics.sum("updates_delivered"),
    updates_conflated_total: metrics.sum("updates_conflated"),
    slow_drops_total: metrics.sum("slow_drops"),
    hub_gaps_total: metrics.sum("hub_gaps"),
    quotes: replica.book.size,
    epoch: replica.epoch,
    seq: replica.seq,
    feed: wireFeed(replica.feed()),
    workers: options.workers,
    uptime_ms: Math.round(Date.now() - options.startedAtMs),
  };
}
