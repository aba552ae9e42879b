import { readServerConfig } from "../../src/config.ts";
import { GatherWindow } from "../../src/feed/gather_window.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { PRICE_KINDS, SharedMetrics } from "../../src/metrics.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";
import { lonelyDesk } from "../../tests/support/lonely_desk.ts";

const STATUS_INTERVAL_MS = 250;

/**
 * Quotewire from the hub on: the real publisher, worker pool, sessions and sockets, with the settings
 * that a server has by default. Whoever holds the publisher takes the place of the feed, and gathers as
 * long as the feed would; the chat has no database.
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
  const pool = new WorkerPool(config, { hub, desk: lonelyDesk(), metrics });
  const publishStatus = () => hub.publishStatus({ status: "live", mode: "listen", ageMs: 0 });
  hub.publish(firstQuotes);
  publishStatus();
  setInterval(publishStatus, STATUS_INTERVAL_MS);
  await pool.start();
  return { hub, window: new GatherWindow(() => metrics.sessions(PRICE_KINDS)) };
}
