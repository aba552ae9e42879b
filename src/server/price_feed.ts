import type { Backbone } from "../backbone/backbone.ts";
import { Audience } from "../cluster/audience.ts";
import { ClusterFeed } from "../cluster/cluster_feed.ts";
import type { FeedMode } from "../config.ts";
import { LeaderLock } from "../db/leader_lock.ts";
import type { Feed, FeedSink } from "../feed/feed.ts";
import { PostgresFeed } from "../feed/postgres_feed.ts";
import { tracedSink } from "../feed/traced_sink.ts";
import type { HubPublisher } from "../hub/publisher.ts";
import { PRICE_KINDS } from "../metric_names.ts";
import type { SharedMetrics } from "../metrics.ts";

/** Where a server's prices come from. */
export interface PriceFeedOptions {
  readonly databaseUrl: string;
  readonly feedMode: FeedMode;
  readonly pollIntervalMs: number;
  readonly metrics: SharedMetrics;
  /** `undefined` where the server stands alone. `name` tells its cluster from others on the same database. */
  readonly cluster: { readonly backbone: Backbone; readonly name: string } | undefined;
}

/** The feed that fills the hub: from the database, or from the one of several servers that reads it. */
export function priceFeed(options: PriceFeedOptions, hub: HubPublisher): Feed {
  const { databaseUrl, feedMode, pollIntervalMs, metrics, cluster } = options;
  const ownSessions = () => metrics.sessions(PRICE_KINDS);
  const openFeed = (sink: FeedSink, sessions: () => number) =>
    new PostgresFeed(databaseUrl, {
      mode: feedMode,
      pollIntervalMs,
      sessions,
      counters: metrics.main,
    }, tracedSink(sink));
  if (cluster === undefined) {
    return openFeed({
      beginning: (quotes) => hub.begin(quotes),
      quotes: (quotes) => hub.publish(quotes),
      status: (status) => hub.publishStatus(status),
    }, ownSessions);
  }
  const audience = new Audience(cluster.backbone, ownSessions);
  return new ClusterFeed({
    audience,
    backbone: cluster.backbone,
    lock: new LeaderLock(databaseUrl, cluster.name),
    hub,
    mode: feedMode,
    openFeed: (sink) => openFeed(sink, () => audience.sessionsMax()),
    counters: metrics.main,
  });
}
