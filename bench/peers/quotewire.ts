import type { Quote } from "../../src/price/quote.ts";
import { startHubServer } from "./hub_server.ts";
import { batchOf, conduct, readStreamOptions, symbolName } from "./stream.js";

/**
 * Quotewire, fed with the benchmark's updates, so that Postgres has no part in the figures. What the
 * feed would hand on after one read is one batch here.
 */

const options = readStreamOptions(Deno.args);
const hub = await startHubServer({
  port: options.port,
  workers: Number(Deno.args.find((arg) => arg.startsWith("workers="))?.slice(8) ?? 1),
  firstQuotes: firstQuotes(),
});
await conduct(options, (number) => {
  const firstId = number * options.batch + 1;
  hub.publish(
    batchOf(options, number).map(({ symbol, source, price, timestamp, time }, index) => (
      { symbol, source, price, timestamp, id: firstId + index, timeMs: time, open: 100 }
    )),
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
