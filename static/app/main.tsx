import { effect } from "@preact/signals";
import { render } from "preact";
import { FeedClient } from "../../src/client/feed_client.ts";
import { App } from "./app.tsx";
import { feedUrl } from "./feed_url.ts";
import { PriceStore } from "./price_store.ts";

const HISTORY_LENGTH = 10;

/** Joins feed, store and page. */
function main(): void {
  const root = document.getElementById("app");
  if (root === null) {
    throw new Error("Cannot show the dashboard: must have an element #app, has none");
  }
  const client = new FeedClient({
    url: feedUrl(location),
    subscription: { symbols: "*", history: HISTORY_LENGTH },
  });
  const store = new PriceStore(client);
  effect(() => {
    const { kind, label } = store.health.value;
    document.title = kind === "live" ? "Quotewire" : `${label} · Quotewire`;
  });
  render(<App store={store} client={client} />, root);
  store.startClock();
  client.start();
}

main();
