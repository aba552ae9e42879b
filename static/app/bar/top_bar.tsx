import { AlertsPanel } from "../alerts/alerts_panel.tsx";
import type { ChatStore } from "../chat/chat_store.ts";
import { ChatToggle } from "../chat/chat_toggle.tsx";
import type { Desk } from "../desk.ts";
import { format } from "../format.ts";
import { StatusPill } from "../freshness/status_pill.tsx";
import type { PriceStore } from "../price_store.ts";
import { SettingsPanel } from "../settings/settings_panel.tsx";
import { Identity } from "../sign_in/identity.tsx";
import type { SignIn } from "../sign_in/sign_in.ts";
import { bytes, perSecond } from "./figures.ts";

/** Name, state, and the figures that tell at a glance whether all is well. */
export function TopBar(
  { desk, store, chat, signIn }: {
    readonly desk: Desk;
    readonly store: PriceStore;
    readonly chat: ChatStore;
    readonly signIn: SignIn;
  },
) {
  const isBarred = signIn.isBarred.value;
  return (
    <header class="top-bar">
      <h1 class="brand">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        Quotewire
      </h1>
      {!isBarred && <StatusPill desk={desk} />}
      {!isBarred && <Facts desk={desk} store={store} />}
      <div class="bar-buttons">
        {!isBarred && <AlertsPanel desk={desk} />}
        <SettingsPanel desk={desk} />
        <Identity signIn={signIn} />
        {!isBarred && <ChatToggle chat={chat} />}
      </div>
    </header>
  );
}

function Facts({ desk, store }: { readonly desk: Desk; readonly store: PriceStore }) {
  const updatedAtMs = store.updatedAtMs.value;
  const roundTripMs = desk.freshness.roundTripMs.value;
  const { wireBytes, conflated } = desk.meter.perSecond.value;
  return (
    <dl class="facts">
      <Fact name="Symbols">{store.symbolCount.value}</Fact>
      <Fact name="Last update">
        {updatedAtMs === undefined ? "–" : format.time(Math.floor(updatedAtMs / 1000))}
      </Fact>
      <Fact name="Round trip">{roundTripMs === undefined ? "–" : `${roundTripMs} ms`}</Fact>
      <Fact name="Received" isMinor>{bytes(wireBytes)}/s</Fact>
      {desk.rateMs.value > 0 && <Fact name="Left out" isMinor>{perSecond(conflated)}/s</Fact>}
    </dl>
  );
}

function Fact(
  { name, isMinor, children }: {
    readonly name: string;
    readonly isMinor?: boolean;
    readonly children: string | number | (string | number)[];
  },
) {
  return (
    <div class={isMinor === true ? "fact is-minor" : "fact"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
