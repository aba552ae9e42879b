import type { Replica } from "../hub/replica.ts";
import { PRICE_KINDS, type SharedMetrics } from "../metrics.ts";
import { wireFeed } from "../session/frames.ts";

/** What `stats`, `/stats` and `/api/stats` say: counts of the whole server, seen from one worker. */
export function serverStats(
  replica: Replica,
  metrics: SharedMetrics,
  options: { readonly workers: number; readonly startedAtMs: number },
): Record<string, unknown> {
  const sums = metrics.sums();
  return {
    active_clients: metrics.sessions(PRICE_KINDS),
    ...sums,
    quotes: replica.book.size,
    epoch: replica.epoch,
    seq: replica.seq,
    feed: wireFeed(replica.feed()),
    workers: options.workers,
    uptime_ms: Math.round(Date.now() - options.startedAtMs),
  };
}
