import { format } from "../format.ts";
import type { AlertRule } from "./alert_rule.ts";
import { alertTitle, describeState } from "./alert_text.ts";
import type { Alerts } from "./alerts.ts";

/** All alerts: those that have fired first, the newest of them on top. */
export function AlertList({ alerts }: { readonly alerts: Alerts }) {
  const rules = alerts.rules.value.toSorted((a, b) => firedAtMs(b) - firedAtMs(a));
  if (rules.length === 0) {
    return <p class="panel-note">No alerts yet. They are kept in this browser.</p>;
  }
  return (
    <ul class="alert-list" aria-label="Alerts">
      {rules.map((rule) => <AlertItem key={rule.id} rule={rule} alerts={alerts} />)}
    </ul>
  );
}

function AlertItem({ rule, alerts }: { readonly rule: AlertRule; readonly alerts: Alerts }) {
  const title = alertTitle(rule, format);
  const isFired = rule.state.kind === "fired";
  return (
    <li class={isFired ? "alert-item is-fired" : "alert-item"}>
      <p class="alert-title">
        {isFired && <span class="alert-mark">Fired</span>}
        <bdi>{title}</bdi>
      </p>
      <p class="alert-state">
        {rule.state.kind === "fired" && `${format.dateAndTime(rule.state.atMs / 1000)}: `}
        {describeState(rule, format)}.
      </p>
      <span class="alert-actions">
        {isFired && (
          <button type="button" onClick={() => alerts.rearm(rule)}>
            Arm again<span class="visually-hidden">: {title}</span>
          </button>
        )}
        <button type="button" onClick={() => alerts.remove(rule)}>
          Delete<span class="visually-hidden">: {title}</span>
        </button>
      </span>
    </li>
  );
}

function firedAtMs({ state }: AlertRule): number {
  return state.kind === "fired" ? state.atMs : 0;
}
