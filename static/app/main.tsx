import { effect } from "@preact/signals";
import { render } from "preact";
import { FeedClient } from "../../src/client/feed_client.ts";
import { ChatClient } from "../../src/client/chat_client.ts";
import { App } from "./app.tsx";
import { ChatPanel } from "./chat/chat_panel.tsx";
import { ChatStore } from "./chat/chat_store.ts";
import { chatUrl } from "./chat/chat_url.ts";
import { leaveSession, takeFormerSession } from "./chat/former_session.ts";
import { pageStorage } from "./chat/page_storage.ts";
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
  const chat = createChat();
  effect(() => {
    const { kind, label } = store.health.value;
    const unread = chat.unread.value;
    const title = kind === "live" ? "Quotewire" : `${label} · Quotewire`;
    document.title = unread === 0 ? title : `(${unread}) ${title}`;
  });
  render(<App store={store} client={client} chat={chat} />, root);
  store.startClock();
  client.start();
  showChat(chat);
}

function createChat(): ChatStore {
  const tabStorage = pageStorage(() => sessionStorage);
  const formerSession = takeFormerSession(tabStorage);
  const client = new ChatClient({
    url: chatUrl(location),
    ...(formerSession === undefined ? {} : { formerSession }),
  });
  leaveSession(tabStorage, globalThis, client);
  return new ChatStore(client, pageStorage(() => localStorage));
}

/** The panel is drawn by itself: whatever goes wrong in it, the prices stay. */
function showChat(chat: ChatStore): void {
  const root = document.getElementById("chat");
  if (root === null) throw new Error("Cannot show the chat: must have an element #chat, has none");
  chat.watchPage(document);
  render(<ChatPanel chat={chat} />, root);
  chat.start();
}

main();
