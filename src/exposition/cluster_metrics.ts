import { CLUSTER_ROLES } from "../metric_names.ts";
import { each, type Metric, single } from "./metric.ts";
import type { ServerReading } from "./server_reading.ts";

const BATCHES = {
  sent: "backbone_batches_sent",
  unsent: "backbone_batches_unsent",
  received: "backbone_batches_received",
} as const;
const BOOKS = { ok: "backbone_books", failed: "backbone_books_failed" } as const;

/** What several servers on one database tell of their being together; all 0 without `BACKBONE`. */
export const CLUSTER_METRICS: readonly Metric<ServerReading>[] = [
  single(
    "gauge",
    "quotewire_backbone_up",
    "1 while the connection to NATS works.",
    ({ metrics }) => metrics.sum("backbone_up"),
  ),
  each(
    "gauge",
    "quotewire_cluster_role",
    "1 for what this server does: it reads the database for all, follows, or reads for itself alone.",
    ["role", CLUSTER_ROLES],
    ({ metrics }, role) => metrics.sum(`cluster_${role}`),
  ),
  single(
    "gauge",
    "quotewire_cluster_servers",
    "Servers that were heard on the backbone within 5 s, this one included.",
    ({ metrics }) => metrics.sum("cluster_servers"),
  ),
  each(
    "counter",
    "quotewire_backbone_batches_total",
    "Batches said to the other servers, not taken by NATS, or heard from the leader.",
    ["direction", ["sent", "unsent", "received"]],
    ({ metrics }, direction) => metrics.sum(BATCHES[direction]),
  ),
  single(
    "counter",
    "quotewire_backbone_gaps_total",
    "Batches of the leader that were missed.",
    ({ metrics }) => metrics.sum("backbone_gaps"),
  ),
  each(
    "counter",
    "quotewire_backbone_books_total",
    "Times that the leader's book was asked for: of each new leader, and after a gap.",
    ["result", ["ok", "failed"]],
    ({ metrics }, result) => metrics.sum(BOOKS[result]),
  ),
  single(
    "counter",
    "quotewire_backbone_book_parts_total",
    "Parts of its book that this server has sent to others.",
    ({ metrics }) => metrics.sum("backbone_parts_sent"),
  ),
];
