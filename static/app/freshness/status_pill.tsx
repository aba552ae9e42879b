import { BarPanel } from "../bar/bar_panel.tsx";
import type { Desk } from "../desk.ts";
import { RATES } from "../rate/rate_choice.ts";
import { ConnectionPanel } from "./connection_panel.tsx";
import { secondsUntil } from "./countdown.ts";
import { StatusShape } from "./status_shape.tsx";

/**
 * The state of connection and feed in a word and a shape, and everything about them behind it. The word
 * alone is announced when it changes.
 */
export function StatusPill({ desk }: { readonly desk: Desk }) {
  const { freshness } = desk;
  const { kind, label, retryAtMs } = freshness.health.value;
  const rateMs = desk.rateMs.value;
  const rate = RATES.find((choice) => choice.rateMs === rateMs);
  return (
    <div class="pill-place">
      <span class="visually-hidden" role="status" aria-live="polite">{label}</span>
      <BarPanel
        id="connection"
        title="Connection"
        buttonClass={`pill is-${kind}`}
        buttonTitle="Connection, update rate and what has happened (d)"
        button={
          <>
            <StatusShape kind={kind} />
            <span>{label}</span>
            {retryAtMs !== undefined && (
              <span class="pill-rest">
                in {secondsUntil(retryAtMs, freshness.nowMs.value)} s
              </span>
            )}
            {kind === "live" && rateMs > 0 && (
              <span class="pill-rest">{rate?.label.toLowerCase()}</span>
            )}
            <span class="visually-hidden">(connection details)</span>
          </>
        }
      >
        <ConnectionPanel desk={desk} />
      </BarPanel>
    </div>
  );
}
