import { each, type Metric, single } from "./metric.ts";
import type { ServerReading } from "./server_reading.ts";

const MESSAGES = {
  sent: "chat_messages_sent",
  unsent: "chat_messages_unsent",
  received: "chat_messages_received",
} as const;

/** What a server tells of a chat that it shares with others; all 0 without `BACKBONE`. */
export const CHAT_METRICS: readonly Metric<ServerReading>[] = [
  single(
    "gauge",
    "quotewire_chat_servers",
    "Other servers that share the chat's rooms, as far as they are heard.",
    ({ metrics }) => metrics.sum("chat_servers"),
  ),
  each(
    "counter",
    "quotewire_chat_messages_total",
    "Chat messages said to the other servers, not taken by NATS, or heard from them.",
    ["direction", ["sent", "unsent", "received"]],
    ({ metrics }, direction) => metrics.sum(MESSAGES[direction]),
  ),
  single(
    "counter",
    "quotewire_chat_recovered_messages_total",
    "Messages of other servers that came from the database, since NATS did not bring them.",
    ({ metrics }) => metrics.sum("chat_messages_recovered"),
  ),
  single(
    "counter",
    "quotewire_chat_refused_words_total",
    "What was heard of the chat over NATS and could not be used.",
    ({ metrics }) => metrics.sum("chat_words_refused"),
  ),
];
