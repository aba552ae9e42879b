import { readServerConfig } from "../../src/config.ts";
import { GatherWindow } from "../../src/feed/gather_window.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { PRICE_KINDS } from "../../src/metric_names.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";
import type { IsolateLink } from "../../src/lifecycle.ts";

/** As a feed whose state stays the same repeats it. */
const STATUS_INTERVAL_MS = 500;

/**
 * Quotewire from the hub on: the real publisher, worker pool, sessions and sockets, with the settings
 * that a server has by default. Whoever holds the publisher takes the place of the feed, and gathers as
 * long as the feed would; nobody chats.
 *
 * @param firstQuotes published before clients can connect
 */
export async function startHubServer(
  { port, workers, firstQuotes }: {
    readonly port: number;
    readonly workers: number;
    readonly firstQuotes: Parameters<HubPublisher["publish"]>[0];
  },
): Promise<{ readonly hub: HubPublisher; readonly window: GatherWindow }> {
  const environment = new Map([
    ["PORT", String(port)],
    ["WORKERS", String(workers)],
    ["FEED_MODE", "listen"],
    ["LOG_LEVEL", "warning"],
  ]);
  const config = readServerConfig((name) => environment.get(name));
  const metrics = new SharedMetrics(workers);
  const hub = new HubPublisher(config.feedMode);
  const pool = new WorkerPool(config, { hub, desk: { openLink: openEmptyDesk }, metrics });
  const publishStatus = () => hub.publishStatus({ status: "live", mode: "listen", ageMs: 0 });
  hub.publish(firstQuotes);
  publishStatus();
  setInterval(publishStatus, STATUS_INTERVAL_MS);
  await pool.start();
  return { hub, window: new GatherWindow(() => metrics.sessions(PRICE_KINDS)) };
}

/** A desk to which nobody comes: one that looked for its database all the time would be in the figures. */
function openEmptyDesk(): IsolateLink {
  const { port1, port2 } = new MessageChannel();
  return { port: port2, close: () => port1.close() };
}
