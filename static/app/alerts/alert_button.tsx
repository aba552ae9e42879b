import { BellIcon } from "../bar/bar_icons.tsx";
import type { Alerts, AlertSubject } from "./alerts.ts";

/** Leads from a price to the form that sets an alert on it. */
export function AlertButton(
  { symbol, subject, alerts, tabIndex }: {
    readonly symbol: string;
    /** What the form begins with, as it is when the button is pressed. */
    readonly subject: () => AlertSubject;
    readonly alerts: Alerts;
    /** -1 where other keys than Tab lead here. */
    readonly tabIndex: number;
  },
) {
  const isWaiting = alerts.waitingFor.value.has(symbol);
  return (
    <button
      type="button"
      class={isWaiting ? "alert-set is-waiting" : "alert-set"}
      aria-label={isWaiting ? `Set another alert on ${symbol}` : `Set an alert on ${symbol}`}
      title={isWaiting ? "An alert is set. Set another (a)" : "Set an alert (a)"}
      tabIndex={tabIndex}
      onClick={() => alerts.propose(subject())}
    >
      <BellIcon />
    </button>
  );
}
