import { HubPublisher } from "../../src/hub/publisher.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";
import type { Quote } from "../../src/price/quote.ts";
import { batchOf, conduct, readStreamOptions, symbolName } from "./stream.js";

/**
 * Quotewire from the hub on: the real publisher, worker pool, sessions and sockets, fed with the
 * benchmark's updates in the place of the feed, so that Postgres has no part in the figures. What the
 * feed would hand on after one read is one batch here.
 */

const STATUS_INTERVAL_MS = 250;
const SESSIONS_MAX = 20_000;

const options = readStreamOptions(Deno.args);
const hub = new HubPublisher("listen");
const pool = new WorkerPool({
  host: "127.0.0.1",
  port: options.port,
  workers: Number(Deno.args.find((arg) => arg.startsWith("workers="))?.slice(8) ?? 1),
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

hub.publish(firstQuotes());
publishStatus();
setInterval(publishStatus, STATUS_INTERVAL_MS);
await pool.start();
await conduct(options, (number) => {
  hub.publish(
    batchOf(options, number).map(({ time, ...update }, index) => ({
      ...update,
      id: number * options.batch + index + 1,
      timeMs: time,
      open: 100,
    })),
  );
});
Deno.exit(0);

/** What is in the table before the stream: every symbol, so that its snapshot is the full one. */
function firstQuotes(): Quote[] {
  const timeMs = Date.now() - 1000;
  return Array.from({ length: options.symbols }, (_, key) => ({
    symbol: symbolName(key),
    source: "sim_nyse",
    price: 99.99,
    timestamp: Math.floor(timeMs / 1000),
    id: 0,
    timeMs,
    open: 100,
  }));
}

function publishStatus(): void {
  hub.publishStatus({ status: "live", mode: "listen", ageMs: 0 });
}
