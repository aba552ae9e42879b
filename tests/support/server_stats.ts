import type { ServerStats } from "../../src/client/server_stats.ts";

const PROCESS = "6f1c9a52-0d5e-4c3b-9a77-2f5d8f0c1e11";

/** What a server with one worker and one client says, and whatever a test wants different. */
export function someServerStats(different: Partial<ServerStats> = {}): ServerStats {
  return {
    process: PROCESS,
    uptime_ms: 90_000,
    quotes: 16,
    feed: { status: "live", mode: "listen", age_ms: 35 },
    sockets: 1,
    connects_total: 3,
    rejected_total: 0,
    slow_drops_total: 0,
    updates_delivered_total: 500,
    updates_conflated_total: 0,
    sessions: [{ endpoint: "feed", protocol: "quotewire.v1.json", open: 1, connects_total: 3 }],
    traffic: [{
      sent_frames_total: 100,
      sent_bytes_total: 20_000,
      received_frames_total: 4,
      received_bytes_total: 400,
      outbox_quotes: 0,
      buffered_bytes: 0,
    }],
    workers: 1,
    workers_reporting: 1,
    isolates: ["main", "0"].map((isolate) => ({
      isolate,
      reporting: true,
      sessions: isolate === "main" ? 0 : 1,
      heap_bytes: 20_000_000,
      event_loop_lag_ms: 3,
      cpu_ms_total: 1000,
      restarts_total: 0,
    })),
    reads: { ok_total: 50, failed_total: 0, rows_total: 100, duration_ms_total: 60 },
    commit_to_send: { bounds_ms: [5, 10], counts_total: [10, 0, 0] },
    database: {
      reachable: true,
      answered_ago_ms: 1500,
      version: "18.4",
      rows_estimate: 1_234_567,
      bytes: 140_000_000,
      newest_age_ms: 2000,
      connections: { own: 9, all: 12, max: 100 },
    },
    resident_bytes: 210_000_000,
    limits: { sessions: 20_000, memory_bytes: 2_147_483_648 },
    versions: { quotewire: "0.1.0", deno: "2.9.6" },
    ...different,
  };
}
