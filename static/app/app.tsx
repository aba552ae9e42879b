import type { FeedClient } from "../../src/client/feed_client.ts";
import { Board } from "./board.tsx";
import type { ChatStore } from "./chat/chat_store.ts";
import type { PriceStore } from "./price_store.ts";
import { StatusBanner } from "./status_banner.tsx";
import { TopBar } from "./top_bar.tsx";

/** The page. */
export function App(
  { store, client, chat }: {
    readonly store: PriceStore;
    readonly client: FeedClient;
    readonly chat: ChatStore;
  },
) {
  return (
    <>
      <TopBar store={store} chat={chat} />
      <main>
        <StatusBanner store={store} client={client} />
        <Board store={store} chat={chat} />
      </main>
    </>
  );
}
