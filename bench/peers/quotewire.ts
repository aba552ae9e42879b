import type { Quote } from "../../src/price/quote.ts";
import { startHubServer } from "./hub_server.ts";
import { conduct, readStreamOptions, SOURCE, symbolName, updatesOf } from "./stream.js";

/**
 * Quotewire, fed with the benchmark's updates, so that Postgres has no part in the figures. As the feed
 * would, it looks for what is due when its window is over, and takes at once what is there.
 */

const options = readStreamOptions(Deno.args);
const { hub, window } = await startHubServer({
  port: options.port,
  workers: Number(Deno.args.find((arg) => arg.startsWith("workers="))?.slice(8) ?? 1),
  firstQuotes: firstQuotes(),
});
await conduct(options, (number, count) => {
  window.began(performance.now());
  hub.publish(quotesOf(number, count));
  window.found(count * options.batch, performance.now());
}, {
  // A read finds the newest of each symbol: what has several is looked at one after the other.
  batchesMax: Math.max(1, Math.floor(options.symbols / options.batch)),
  waitMs: () => window.remainingMs(performance.now()),
});
Deno.exit(0);

/** The updates of batches as a feed finds them: rows of the table, with what the other servers have no use for. */
function quotesOf(number: number, count: number): Quote[] {
  const timeMs = Date.now();
  return updatesOf(options, number, count, (update, symbol, price) => ({
    symbol,
    source: SOURCE,
    price,
    timestamp: Math.floor(timeMs / 1000),
    id: update + 1,
    timeMs,
    open: 100,
  }));
}

/** What is in the table before the stream: every symbol, so that its snapshot is the full one. */
function firstQuotes(): Quote[] {
  const timeMs = Date.now() - 1000;
  return Array.from({ length: options.symbols }, (_, key) => ({
    symbol: symbolName(key),
    source: SOURCE,
    price: 99.99,
    timestamp: Math.floor(timeMs / 1000),
    id: 0,
    timeMs,
    open: 100,
  }));
}
