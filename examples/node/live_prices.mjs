// deno-lint-ignore-file no-console -- what arrives is printed, and nothing else is needed here
/**
 * Prints every price as it changes, and goes on after a lost connection.
 *
 *   npm install quotewire-client-0.1.0.tgz ws
 *   node live_prices.mjs [ws://127.0.0.1:8080/ws] [AAPL MSFT …]
 *
 * The library is in no registry yet: `deno task client:build && npm pack ./dist/client` makes that file in a
 * checkout of the server. Once it is published, install @quotewire/client.
 */
import process from "node:process";
import { FeedClient } from "@quotewire/client";

// Node.js has a WebSocket of its own from version 22 on. Before that the package ws has one.
const webSocket = globalThis.WebSocket ?? (await import("ws")).default;

const [url = "ws://127.0.0.1:8080/ws", ...symbols] = process.argv.slice(2);
const client = new FeedClient({
  url,
  webSocket,
  subscription: { symbols: symbols.length > 0 ? symbols : "*" },
  // Asked for before each connection. Undefined is fine where the server asks for none.
  token: () => process.env.QUOTEWIRE_TOKEN,
});

// A snapshot is everything: at the start, and whenever it would be wrong to go on from what was known.
client.on("snapshot", ({ quotes }) => quotes.forEach(print));
// An update is what has changed since.
client.on("update", ({ quotes }) => quotes.forEach(print));
client.on("state", (state) => {
  if (state.phase === "live") console.error("live");
  if (state.phase === "reconnecting") console.error(`reconnecting: ${harmless(state.reason)}`);
  // The client stops by itself only where coming back would not help.
  if (state.phase === "stopped" && state.reason.kind !== "asked") {
    console.error("Cannot go on:", state.reason);
    process.exitCode = 1;
  }
});
client.on("resumed", ({ kind }) => console.error(`resumed with a ${kind}`));
client.on("error", ({ message }) => console.error(harmless(message)));
process.once("SIGINT", () => client.stop());
client.start();

/** @param {import("@quotewire/client").ClientQuote} quote */
function print({ symbol, source, price }) {
  console.log(harmless(JSON.stringify({ symbol, source, price })));
}

/**
 * Servers and writers of prices are strangers: without control characters they cannot take over the terminal.
 *
 * @param {string} text
 */
function harmless(text) {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}
