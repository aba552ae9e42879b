import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { FeedClient, type TokenSource } from "../../src/client/mod.ts";
import { ChatClient } from "../../src/client/chat_client.ts";
import { App } from "./app.tsx";
import { BoardModel } from "./board/board_model.ts";
import { ChatPanel } from "./chat/chat_panel.tsx";
import { ChatStore } from "./chat/chat_store.ts";
import { chatUrl } from "./chat/chat_url.ts";
import { leaveSession, takeFormerSession } from "./chat/former_session.ts";
import { Desk } from "./desk.ts";
import { fullStorage, pageStorage } from "./page_storage.ts";
import { feedUrl } from "./feed_url.ts";
import { holdHiddenRendering } from "./hidden_rendering.ts";
import { PageSight } from "./page_sight.ts";
import { storedRate } from "./rate/rate_choice.ts";
import { SignIn } from "./sign_in/sign_in.ts";
import { PriceStore } from "./price_store.ts";
import { storedChartChoices } from "./symbol/chart_choices.ts";

const HISTORY_LENGTH = 10;
const SIGNED_OUT = { kind: "over", label: "Sign in" };

/** Joins feed, store and page. */
function main(): void {
  const root = document.getElementById("app");
  if (root === null) {
    throw new Error("Cannot show the dashboard: must have an element #app, has none");
  }
  const signIn = new SignIn(pageStorage(() => sessionStorage));
  const token = () => signIn.ticket();
  const rateMs = storedRate(pageStorage(() => localStorage));
  const client = new FeedClient({
    url: feedUrl(location),
    token,
    subscription: { symbols: "*", history: HISTORY_LENGTH, maxRateMs: rateMs.peek() },
  });
  const desk = new Desk(client, rateMs, fullStorage(() => localStorage));
  const sight = new PageSight(document);
  const store = new PriceStore(client, sight, desk.freshness);
  const board = new BoardModel({
    store,
    client,
    sight,
    storage: pageStorage(() => localStorage),
    tabs: globalThis,
    access: { fetch: (path, signal) => fetch(path, { headers: signIn.headers(), signal }) },
  });
  const chart = storedChartChoices(pageStorage(() => localStorage));
  const chat = createChat(token);
  effect(() => {
    const { kind, label } = signIn.isBarred.value ? SIGNED_OUT : store.health.value;
    const unread = chat.unread.value + desk.alerts.unseen.value;
    const title = kind === "live" ? "Quotewire" : `${label} · Quotewire`;
    document.title = unread === 0 ? title : `(${unread}) ${title}`;
  });
  render(
    <App desk={desk} store={store} board={board} chart={chart} chat={chat} signIn={signIn} />,
    root,
  );
  desk.start();
  holdHiddenRendering(sight, { window: globalThis, document });
  showChat(chat);
  effect(() => {
    const isBarred = signIn.isBarred.value;
    untracked(() => {
      for (const service of [client, chat]) {
        if (isBarred) service.stop();
        else service.start();
      }
      if (isBarred) chat.close();
    });
  });
}

function createChat(token: TokenSource): ChatStore {
  const tabStorage = pageStorage(() => sessionStorage);
  const formerSession = takeFormerSession(tabStorage);
  const client = new ChatClient({
    url: chatUrl(location),
    token,
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
}

main();
