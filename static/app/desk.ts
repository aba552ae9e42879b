import { effect, type Signal, signal } from "@preact/signals";
import * as v from "valibot";
import type { FeedClient } from "../../src/client/feed_client.ts";
import { utcDay } from "../../src/price/quote.ts";
import { Alerts } from "./alerts/alerts.ts";
import { toggleBarPanel } from "./bar/bar_panel.tsx";
import { format } from "./format.ts";
import { type ConnectionEvent, describeChange } from "./freshness/connection_event.ts";
import { ConnectionLog } from "./freshness/connection_log.ts";
import { Freshness } from "./freshness/freshness.ts";
import { NOTICE_MS, Notices } from "./notices/notices.ts";
import type { RateMs } from "./rate/rate_choice.ts";
import { TrafficMeter } from "./rate/traffic_meter.ts";
import { Shortcuts } from "./shortcuts/shortcuts.ts";
import { showShortcuts } from "./shortcuts/shortcuts_dialog.tsx";
import { storedSignal } from "./stored_signal.ts";
import { marketSummary } from "./summary/market_summary.ts";
import { colourFrame, followTheme, storedTheme, type Theme, THEMES } from "./theme/theme.ts";

/** What is around the prices: whether they can be trusted, alerts, rate, theme, keys. */
export class Desk {
  readonly client: FeedClient;
  readonly freshness: Freshness;
  readonly log: ConnectionLog;
  readonly meter: TrafficMeter;
  readonly notices: Notices = new Notices();
  readonly alerts: Alerts;
  readonly shortcuts: Shortcuts;
  readonly rateMs: Signal<RateMs>;
  readonly theme: Signal<Theme>;
  readonly areShortcutsOn: Signal<boolean>;

  /**
   * @param client made with the rate of `rateMs`
   * @param storage undefined where the browser forbids it
   */
  constructor(client: FeedClient, rateMs: Signal<RateMs>, storage: Storage | undefined) {
    this.client = client;
    this.freshness = new Freshness(client);
    this.log = new ConnectionLog(client);
    this.meter = new TrafficMeter(client);
    const settings = storage ?? { getItem: () => null, setItem() {} };
    this.rateMs = rateMs;
    rateMs.subscribe((next) => client.setMaxRate(next));
    this.theme = storedTheme(settings, document.documentElement);
    const flag = v.pipe(v.picklist(["true", "false"]), v.transform((text) => text === "true"));
    this.areShortcutsOn = storedSignal<boolean>(settings, "quotewire.shortcuts", flag, true);
    const place = {
      storage,
      locks: navigator.locks,
      // Elsewhere the browser would say that the user had denied them.
      notifications: globalThis.isSecureContext ? globalThis.Notification : undefined,
    };
    this.alerts = new Alerts(client, this.notices, place, () => {
      globalThis.focus();
      document.getElementById("alerts")?.showPopover();
    });
    this.shortcuts = new Shortcuts(this.#keys(), this.areShortcutsOn);
    this.#tellReturns();
  }

  /** Lets it run on the page. */
  start(): void {
    this.freshness.start({ window: globalThis, document });
    this.meter.start();
    this.alerts.follow(window);
    followTheme(this.theme, window);
    colourFrame(this.theme, document);
    this.shortcuts.listen(document);
  }

  /** Says in three sentences how the prices stand. */
  summarise(): void {
    const title = marketSummary(
      [...this.client.quotes()],
      this.freshness.health.peek(),
      format,
      utcDay(this.client.serverNowMs() / 1000),
    );
    this.notices.show({ tone: "plain", title, lastsMs: 2 * NOTICE_MS });
  }

  #keys() {
    const nextTheme = () => {
      const index = THEMES.indexOf(this.theme.peek());
      this.theme.value = THEMES[(index + 1) % THEMES.length] ?? "system";
    };
    return [
      { key: "/", does: "Search the prices", run: () => searchBox()?.select() },
      { key: "a", does: "Alerts; on a price, one for it", run: () => openAlerts() },
      { key: "c", does: "Chat", run: () => document.getElementById("chat-toggle")?.click() },
      {
        key: "d",
        does: "Connection, update rate and what has happened",
        run: () => toggleBarPanel("connection"),
      },
      { key: "s", does: "Say how the prices stand", run: () => this.summarise() },
      { key: "t", does: "The next theme: system, light, dark", run: nextTheme },
      { key: ",", does: "Settings", run: () => toggleBarPanel("settings") },
      { key: "?", does: "These shortcuts", run: () => showShortcuts() },
    ];
  }

  /** What a connection brought that came back is worth a notice. */
  #tellReturns(): void {
    const told = signal(0);
    effect(() => {
      const event = this.log.events.value[0];
      if (event === undefined || event.id <= told.peek()) return;
      told.value = event.id;
      if (isReturn(event)) {
        this.notices.show({
          tone: "good",
          title: `${describeChange(event)}.`,
          lastsMs: NOTICE_MS,
        });
      }
    });
  }
}

/** For the price that the keyboard is at, if it is at one. */
function openAlerts(): void {
  const row = document.activeElement?.closest("[data-row]");
  const button = row?.querySelector<HTMLButtonElement>(".alert-set");
  if (button === null || button === undefined) toggleBarPanel("alerts");
  else button.click();
}

/** Where the user narrows the prices; undefined while there are none. */
function searchBox(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>("main input[type=search]");
}

function isReturn(event: ConnectionEvent): boolean {
  return event.kind === "resumed" || event.kind === "replaced" ||
    (event.kind === "feed" && event.status === "live");
}
