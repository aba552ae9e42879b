/// <reference lib="dom" />
/**
 * A table of live prices, for a bundler:
 *
 *   npm install quotewire-client-0.1.0.tgz
 *   npx esbuild live_prices.ts --bundle --format=esm --outfile=live_prices.js
 *
 * The library is in no registry yet: `deno task client:build && npm pack ./dist/client` makes that file in a
 * checkout of the server. Once it is published, install @quotewire/client.
 *
 * Serve it beside index.html, and open index.html?url=ws://127.0.0.1:8080/ws. A server that is open to other
 * machines takes pages of other origins only where `ALLOWED_ORIGINS` names them.
 */
import { type ClientQuote, FeedClient, type LinkState } from "@quotewire/client";

const url = new URLSearchParams(location.search).get("url") ?? "ws://127.0.0.1:8080/ws";
// Nobody reads faster than four times a second: the server leaves out what comes in between.
const client = new FeedClient({ url, subscription: { symbols: "*", maxRateMs: 250 } });

const rows = new Map<string, HTMLTableRowElement>();
client.on("snapshot", ({ quotes }) => {
  for (const row of rows.values()) row.remove();
  rows.clear();
  quotes.forEach(show);
});
client.on("update", ({ quotes }) => quotes.forEach(show));
client.on("state", (state) => {
  const line = document.querySelector("#state");
  if (line !== null) line.textContent = describe(state);
});
client.start();

function show({ symbol, source, price }: ClientQuote): void {
  const key = JSON.stringify([symbol, source]);
  const row = rows.get(key) ?? document.createElement("tr");
  // Texts, never HTML: whoever writes prices chooses the names.
  const cells = [symbol, source, String(price)].map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  });
  row.replaceChildren(...cells);
  if (!rows.has(key)) document.querySelector("#prices")?.append(row);
  rows.set(key, row);
}

function describe(state: LinkState): string {
  switch (state.phase) {
    case "live":
      return "Live";
    case "connecting":
      return "Connecting";
    case "stale":
      return "Nothing heard: what you see may be old";
    case "reconnecting":
      return `Reconnecting (${state.reason}): what you see may be old`;
    case "stopped":
      return "Stopped";
  }
}
