// deno-lint-ignore-file no-console -- what arrives is printed, and nothing else is needed here
/**
 * Prints every price as it changes, and goes on after a lost connection.
 *
 *   deno run --allow-net --allow-env=QUOTEWIRE_TOKEN examples/live_prices.ts [ws://127.0.0.1:8080/ws] [AAPL MSFT …]
 *
 * In a project of your own, `deno add npm:@quotewire/client` first.
 */
import { type ClientQuote, FeedClient } from "@quotewire/client";

const [url = "ws://127.0.0.1:8080/ws", ...symbols] = Deno.args;
const client = new FeedClient({
  url,
  subscription: { symbols: symbols.length > 0 ? symbols : "*" },
  // Asked for before each connection. Undefined is fine where the server asks for none.
  token: () => Deno.env.get("QUOTEWIRE_TOKEN"),
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
    Deno.exitCode = 1;
  }
});
client.on("error", ({ message }) => console.error(harmless(message)));
Deno.addSignalListener("SIGINT", () => {
  client.stop();
  // The listener itself would keep the program running.
  Deno.exit();
});
client.start();

function print({ symbol, source, price }: ClientQuote): void {
  console.log(harmless(JSON.stringify({ symbol, source, price })));
}

/** Servers and writers of prices are strangers: without control characters they cannot take over the terminal. */
function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}
