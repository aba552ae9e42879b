import { BarPanel } from "../bar/bar_panel.tsx";
import { BellIcon } from "../bar/bar_icons.tsx";
import type { Desk } from "../desk.ts";
import { AlertForm } from "./alert_form.tsx";
import { AlertList } from "./alert_list.tsx";
import type { AlertNotifier } from "./alert_notifier.ts";

/** The bell of the bar, and the alerts behind it. */
export function AlertsPanel({ desk }: { readonly desk: Desk }) {
  const { alerts } = desk;
  const unseen = alerts.unseen.value;
  return (
    <BarPanel
      id="alerts"
      title="Alerts"
      buttonTitle="Alerts (a)"
      opened={() => alerts.notifier.look()}
      closed={() => {
        alerts.see();
        alerts.subject.value = undefined;
      }}
      button={
        <>
          <BellIcon />
          <span class="bar-label">Alerts</span>
          {unseen > 0 && (
            <span class="badge is-alert">
              {unseen}
              <span class="visually-hidden">fired</span>
            </span>
          )}
        </>
      }
    >
      <AlertForm alerts={alerts} client={desk.client} />
      <AlertList alerts={alerts} />
      <SystemNotifications notifier={alerts.notifier} />
    </BarPanel>
  );
}

const NOTES = {
  unsupported: "This browser shows no notifications for this page: that takes https or localhost.",
  denied: "Notifications are blocked for this page. The browser's page settings can allow them.",
  off: "Alerts show on this page. They can show outside of it too.",
  on: "Alerts show outside of this page too, while it is open in some tab.",
} as const;

function SystemNotifications({ notifier }: { readonly notifier: AlertNotifier }) {
  const state = notifier.state.value;
  return (
    <div class="panel-part system-notifications">
      <p class="panel-note" aria-live="polite">{NOTES[state]}</p>
      {state === "off" && (
        <button type="button" onClick={() => notifier.turnOn()}>Turn on notifications</button>
      )}
      {state === "on" && (
        <button type="button" onClick={() => notifier.turnOff()}>Turn off notifications</button>
      )}
      <p class="panel-note">
        An alert fires once, in one of your tabs, and only while prices are live. A level that was
        reached and left again while no tab was connected goes unnoticed.
      </p>
    </div>
  );
}
