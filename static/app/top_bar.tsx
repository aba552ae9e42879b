import type { ChatStore } from "./chat/chat_store.ts";
import { ChatToggle } from "./chat/chat_toggle.tsx";
import { format } from "./format.ts";
import type { PriceStore } from "./price_store.ts";
import { Identity } from "./sign_in/identity.tsx";
import type { SignIn } from "./sign_in/sign_in.ts";
import { StatusPill } from "./status_pill.tsx";

/** Name, state, and the figures that tell at a glance whether all is well. */
export function TopBar(
  { store, chat, signIn }: {
    readonly store: PriceStore;
    readonly chat: ChatStore;
    readonly signIn: SignIn;
  },
) {
  return (
    <header class="top-bar">
      <h1 class="brand">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        Quotewire
      </h1>
      {!signIn.isBarred.value && (
        <>
          <StatusPill store={store} />
          <dl class="facts">
            <Symbols store={store} />
            <LastUpdate store={store} />
            <RoundTrip store={store} />
          </dl>
          <Identity signIn={signIn} />
          <ChatToggle chat={chat} />
        </>
      )}
    </header>
  );
}

function Symbols({ store }: { readonly store: PriceStore }) {
  return (
    <div>
      <dt>Symbols</dt>
      <dd>{store.symbolCount.value}</dd>
    </div>
  );
}

function LastUpdate({ store }: { readonly store: PriceStore }) {
  const atMs = store.updatedAtMs.value;
  return (
    <div>
      <dt>Last update</dt>
      <dd>{atMs === undefined ? "–" : format.time(Math.floor(atMs / 1000))}</dd>
    </div>
  );
}

function RoundTrip({ store }: { readonly store: PriceStore }) {
  const roundTripMs = store.roundTripMs.value;
  return (
    <div class="fact-minor">
      <dt>Round trip</dt>
      <dd>{roundTripMs === undefined ? "–" : `${roundTripMs} ms`}</dd>
    </div>
  );
}
