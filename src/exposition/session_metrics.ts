import {
  CLOSE_LABELS,
  ENDPOINTS,
  REFUSAL_RULES,
  SESSION_KINDS,
  SESSION_SERVICES,
  type SessionKind,
} from "../metric_names.ts";
import { each, type Metric, single, type ValueMetric } from "./metric.ts";
import type { ServerReading } from "./server_reading.ts";

const ENDPOINT = ["endpoint", ENDPOINTS] as const;

/** Whoever says nothing good by the first message is turned away, and counted there. */
const AUTH_FAILURES = {
  http: "auth_failures_http",
  handshake: "auth_failures_handshake",
  first_message: "rejected_first_message",
  renewal: "auth_failures_renewal",
} as const;

/** What there is to say of sessions, and of those who did not get one. */
export const SESSION_METRICS: readonly Metric<ServerReading>[] = [
  byService("gauge", "quotewire_sessions", "Open sessions.", "sessions"),
  byService("counter", "quotewire_connects_total", "Sessions that were opened.", "connects"),
  single(
    "gauge",
    "quotewire_sockets",
    "Sockets that count against MAX_SESSIONS: sessions, those that wait for a token, those not closed yet.",
    ({ metrics }) => metrics.sum("sockets"),
  ),
  single(
    "gauge",
    "quotewire_sockets_max",
    "MAX_SESSIONS, or what the limit of open files leaves of it.",
    ({ sessionsMax }) => sessionsMax,
  ),
  each(
    "counter",
    "quotewire_closes_total",
    "Sessions that ended, by close code.",
    ["code", CLOSE_LABELS],
    ({ metrics }, code) => metrics.sum(`closes_${code}`),
  ),
  each(
    "counter",
    "quotewire_sent_frames_total",
    "Frames handed to sockets.",
    ENDPOINT,
    ({ metrics }, endpoint) => metrics.sum(`frames_sent_${endpoint}`),
  ),
  each(
    "counter",
    "quotewire_sent_bytes_total",
    "Their payload.",
    ENDPOINT,
    ({ metrics }, endpoint) => metrics.sum(`bytes_sent_${endpoint}`),
  ),
  each(
    "counter",
    "quotewire_received_frames_total",
    "Messages of clients.",
    ENDPOINT,
    ({ metrics }, endpoint) => metrics.sum(`frames_received_${endpoint}`),
  ),
  each(
    "counter",
    "quotewire_received_bytes_total",
    "Their payload.",
    ENDPOINT,
    ({ metrics }, endpoint) => metrics.sum(`bytes_received_${endpoint}`),
  ),
  single(
    "counter",
    "quotewire_invalid_messages_total",
    "Messages of clients that were answered with an error.",
    ({ metrics }) => metrics.sum("messages_invalid"),
  ),
  single(
    "counter",
    "quotewire_delivered_updates_total",
    "Changed quotes handed to clients, each for each client.",
    ({ metrics }) => metrics.sum("updates_delivered"),
  ),
  single(
    "counter",
    "quotewire_conflated_updates_total",
    "Changed quotes that a newer one replaced before a client could take them.",
    ({ metrics }) => metrics.sum("updates_conflated"),
  ),
  each(
    "gauge",
    "quotewire_outbox_quotes",
    "Quotes that wait for slow clients, or for those that asked for fewer updates.",
    ENDPOINT,
    ({ metrics }, endpoint) => metrics.sum(`outbox_quotes_${endpoint}`),
  ),
  each(
    "gauge",
    "quotewire_buffered_bytes",
    "Bytes handed to sockets that the network has not taken; with what waited for sessions that have ended, until the socket closes.",
    ENDPOINT,
    ({ metrics }, endpoint) => metrics.sum(`buffered_bytes_${endpoint}`),
  ),
  single(
    "counter",
    "quotewire_slow_drops_total",
    "Sessions ended with 4008 because their clients did not read.",
    ({ metrics }) => metrics.sum("slow_drops"),
  ),
  each(
    "counter",
    "quotewire_rejected_total",
    "Handshakes, requests and first messages that were turned away, by the rule that they broke.",
    ["rule", REFUSAL_RULES],
    ({ metrics }, rule) => metrics.sum(`rejected_${rule}`),
  ),
  each(
    "counter",
    "quotewire_auth_failures_total",
    "Tokens that were not good, and first messages without one, by where they came.",
    ["stage", ["http", "handshake", "first_message", "renewal"]],
    ({ metrics }, stage) => metrics.sum(AUTH_FAILURES[stage]),
  ),
];

function byService(
  type: "counter" | "gauge",
  name: string,
  help: string,
  cell: "sessions" | "connects",
): ValueMetric<ServerReading> {
  const services = Object.values(SESSION_SERVICES);
  const sample = (kind: SessionKind, { metrics }: ServerReading) => ({
    labels: SESSION_SERVICES[kind],
    value: metrics.sum(`${cell}_${kind}`),
  });
  return {
    type,
    name,
    help,
    labels: { endpoint: ENDPOINTS, protocol: services.map(({ protocol }) => protocol) },
    read: (reading) => SESSION_KINDS.map((kind) => sample(kind, reading)),
  };
}
