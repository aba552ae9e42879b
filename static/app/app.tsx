import type { FeedClient } from "../../src/client/feed_client.ts";
import { Board } from "./board.tsx";
import type { PriceStore } from "./price_store.ts";
import { StatusBanner } from "./status_banner.tsx";
import { TopBar } from "./top_bar.tsx";

/** The page. */
export function App(
  { store, client }: { readonly store: PriceStore; readonly client: FeedClient },
) {
  return (
    <>
      <TopBar store={store} />
      <main>
        <StatusBanner store={store} client={client} />
        <Board store={store} />
      </main>
    </>
  );
}
