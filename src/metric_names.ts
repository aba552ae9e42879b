/** What a session can be: the price feed's dialects, and the other services by their endpoints. */
export const SESSION_KINDS = [
  "classic",
  "v1_json",
  "v1_deflate",
  "echo",
  "events",
  "chat",
  "relay",
] as const;

/** One of `SESSION_KINDS`. */
export type SessionKind = typeof SESSION_KINDS[number];

/** The services, each with a group of sessions of its own. */
export const ENDPOINTS = ["feed", "echo", "events", "chat"] as const;

/** One of `ENDPOINTS`. */
export type Endpoint = typeof ENDPOINTS[number];

/** What waits in the sockets of each endpoint. */
export const BUFFERED_BYTES = ENDPOINTS.map((endpoint) => `buffered_bytes_${endpoint}` as const);

/** The endpoint and the protocol that make up each kind. */
export const SESSION_SERVICES = {
  classic: { endpoint: "feed", protocol: "classic" },
  v1_json: { endpoint: "feed", protocol: "quotewire.v1.json" },
  v1_deflate: { endpoint: "feed", protocol: "quotewire.v1.deflate" },
  echo: { endpoint: "echo", protocol: "echo" },
  events: { endpoint: "events", protocol: "events" },
  chat: { endpoint: "chat", protocol: "quotewire.chat.v1" },
  relay: { endpoint: "chat", protocol: "relay" },
} as const satisfies Record<SessionKind, { endpoint: Endpoint; protocol: string }>;

/** The kinds that are clients of the price feed. */
export const PRICE_KINDS: readonly SessionKind[] = ["classic", "v1_json", "v1_deflate"];

/** How sessions are counted that have ended: our codes, those that RFC 6455 gives accidents, and the rest. */
export const CLOSE_LABELS = [
  "1000",
  "1001",
  "1002",
  "1003",
  "1005",
  "1006",
  "1007",
  "1008",
  "1009",
  "1011",
  "1013",
  "4008",
  "4009",
  "4029",
  "other",
] as const;

/** One of `CLOSE_LABELS`. */
export type CloseLabel = typeof CLOSE_LABELS[number];

/** The one of `CLOSE_LABELS` under which a close code counts. */
export function closeLabel(code: number): CloseLabel {
  return CLOSE_LABELS.find((label) => label === String(code)) ?? "other";
}

/** The rules that somebody who comes in may break. */
export const REFUSAL_RULES = [
  "draining",
  "headers",
  "host",
  "request",
  "version",
  "key",
  "subprotocol",
  "origin",
  "path",
  "token",
  "sessions",
  "sessions_per_ip",
  "send_buffers",
  "send_buffers_per_ip",
  "waiting_for_token",
  "first_message",
  "open_answers",
  "flood",
] as const;

/** One of `REFUSAL_RULES`. */
export type RefusalRule = typeof REFUSAL_RULES[number];

/** Upper bounds of each histogram's buckets, in seconds; beyond the last there is one without. */
export const BUCKETS_SECONDS = {
  commit_to_send: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  feed_read: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
} as const satisfies Record<string, readonly number[]>;

/** Name of a histogram. */
export type HistogramName = keyof typeof BUCKETS_SECONDS;

/** What a server does for others on the same database, and they for it. */
export const CLUSTER_ROLES = ["leading", "following", "alone"] as const;

/** One of `CLUSTER_ROLES`. */
export type ClusterRole = typeof CLUSTER_ROLES[number];

/** What is counted on the backbone. */
const BACKBONE_COUNTERS = [
  "backbone_batches_sent",
  "backbone_batches_unsent",
  "backbone_batches_received",
  "backbone_gaps",
  "backbone_books",
  "backbone_books_failed",
  "backbone_parts_sent",
] as const;

/** What the main isolate knows of the database. What Postgres has not said is 0, and NaN where there is nothing. */
const DATABASE_GAUGES = [
  "db_reachable",
  "db_answered_at_ms",
  "db_version",
  "db_rows",
  "db_bytes",
  "db_newest_age_ms",
  "db_connections_own",
  "db_connections",
  "db_connections_max",
] as const;

/** What is counted of a chat that several servers share. */
const SHARED_CHAT_COUNTERS = [
  "chat_messages_sent",
  "chat_messages_unsent",
  "chat_messages_received",
  "chat_messages_recovered",
  "chat_words_refused",
] as const;

type GaugeName =
  | "sockets"
  | `sessions_${SessionKind}`
  | `outbox_quotes_${Endpoint}`
  | `buffered_bytes_${Endpoint}`
  | "cpu_ms"
  | "heap_bytes"
  | "loop_lag_ms"
  | "beat_at_ms"
  | "backbone_up"
  | "cluster_servers"
  | "chat_servers"
  | `cluster_${ClusterRole}`
  | typeof DATABASE_GAUGES[number];

type CounterName =
  | `connects_${SessionKind}`
  | `closes_${CloseLabel}`
  | `${"frames" | "bytes"}_${"sent" | "received"}_${Endpoint}`
  | "messages_invalid"
  | "updates_delivered"
  | "updates_conflated"
  | "slow_drops"
  | "hub_gaps"
  | "hub_resyncs"
  | `rejected_${RefusalRule}`
  | "auth_failures_http"
  | "auth_failures_handshake"
  | "auth_failures_renewal"
  | "worker_restarts"
  | "feed_reads_ok"
  | "feed_reads_failed"
  | "feed_rows"
  | "feed_left_out_rows"
  | "cpu_ms_ever"
  | typeof BACKBONE_COUNTERS[number]
  | typeof SHARED_CHAT_COUNTERS[number]
  | `${HistogramName}_sum`
  | `${HistogramName}_bucket_${number}`;

/** Name of a value that isolates count together. */
export type MetricName = GaugeName | CounterName;

/** Values that go up and down; they start at 0 again when an isolate is replaced. */
export const GAUGES: readonly GaugeName[] = [
  "sockets",
  ...SESSION_KINDS.map((kind) => `sessions_${kind}` as const),
  ...ENDPOINTS.flatMap((endpoint) =>
    [`outbox_quotes_${endpoint}`, `buffered_bytes_${endpoint}`] as const
  ),
  "cpu_ms",
  "heap_bytes",
  "loop_lag_ms",
  "beat_at_ms",
  "backbone_up",
  "cluster_servers",
  "chat_servers",
  ...CLUSTER_ROLES.map((role) => `cluster_${role}` as const),
  ...DATABASE_GAUGES,
];

/** Values that only grow, since the process began. */
export const COUNTERS: readonly CounterName[] = [
  ...SESSION_KINDS.map((kind) => `connects_${kind}` as const),
  ...CLOSE_LABELS.map((label) => `closes_${label}` as const),
  ...ENDPOINTS.flatMap((endpoint) =>
    [
      `frames_sent_${endpoint}`,
      `frames_received_${endpoint}`,
      `bytes_sent_${endpoint}`,
      `bytes_received_${endpoint}`,
    ] as const
  ),
  "messages_invalid",
  "updates_delivered",
  "updates_conflated",
  "slow_drops",
  "hub_gaps",
  "hub_resyncs",
  ...REFUSAL_RULES.map((rule) => `rejected_${rule}` as const),
  "auth_failures_http",
  "auth_failures_handshake",
  "auth_failures_renewal",
  "worker_restarts",
  "feed_reads_ok",
  "feed_reads_failed",
  "feed_rows",
  "feed_left_out_rows",
  "cpu_ms_ever",
  ...BACKBONE_COUNTERS,
  ...SHARED_CHAT_COUNTERS,
  ...histogramCells("commit_to_send"),
  ...histogramCells("feed_read"),
];

/** The names of a histogram's values: one for each bucket, the last without a bound, and the sum in seconds. */
function histogramCells(name: HistogramName): CounterName[] {
  const buckets = [...BUCKETS_SECONDS[name], Infinity].map((_, at) =>
    `${name}_bucket_${at}` as const
  );
  return [...buckets, `${name}_sum`];
}
