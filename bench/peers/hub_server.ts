import { HubPublisher } from "../../src/hub/publisher.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";

const STATUS_INTERVAL_MS = 250;
const SESSIONS_MAX = 20_000;

/**
 * Quotewire from the hub on: the real publisher, worker pool, sessions and sockets, with the settings
 * that a server has by default. Whoever holds the publisher takes the place of the feed.
 *
 * @param firstQuotes published before clients can connect
 */
export async function startHubServer(
  { port, workers, firstQuotes }: {
    readonly port: number;
    readonly workers: number;
    readonly firstQuotes: Parameters<HubPublisher["publish"]>[0];
  },
): Promise<HubPublisher> {
  const hub = new HubPublisher("listen");
  const pool = new WorkerPool({
    host: "127.0.0.1",
    port,
    workers,
    limits: {
      sessionsMax: SESSIONS_MAX,
      messageBytesMax: 65_536,
      sendBufferBytesMax: 1_048_576,
      slowClientDeadlineMs: 30_000,
    },
    allowedOrigins: [],
    log: { level: "warning", format: "text" },
    shutdownDeadlineMs: 2000,
  }, hub);
  const publishStatus = () => hub.publishStatus({ status: "live", mode: "listen", ageMs: 0 });
  hub.publish(firstQuotes);
  publishStatus();
  setInterval(publishStatus, STATUS_INTERVAL_MS);
  await pool.start();
  return hub;
}
