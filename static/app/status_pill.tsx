import type { Health } from "../../src/client/health.ts";
import { secondsUntil } from "./countdown.ts";
import type { PriceStore } from "./price_store.ts";

/** The state of connection and feed in a word and a shape; the word alone is announced when it changes. */
export function StatusPill({ store }: { readonly store: PriceStore }) {
  const { kind, label, retryAtMs } = store.health.value;
  return (
    <div class={`pill is-${kind}`}>
      <StatusShape kind={kind} />
      <span role="status" aria-live="polite">{label}</span>
      {retryAtMs !== undefined && (
        <span class="pill-rest">in {secondsUntil(retryAtMs, store.nowMs.value)} s</span>
      )}
    </div>
  );
}

/** A shape for each state, for those who do not see colours. */
export function StatusShape({ kind }: { readonly kind: Health["kind"] }) {
  return (
    <svg class="shape" viewBox="0 0 12 12" aria-hidden="true">
      {kind === "live" && <circle cx="6" cy="6" r="4.5" />}
      {kind === "delayed" && (
        <path d="M6 1.5 A4.5 4.5 0 0 1 6 10.5 Z M6 1.5 A4.5 4.5 0 0 0 6 10.5" />
      )}
      {kind === "waiting" && <circle class="shape-ring" cx="6" cy="6" r="4" />}
      {kind === "old" && <path d="M6 1 L11.5 11 L0.5 11 Z" />}
      {kind === "over" && <rect x="1.5" y="1.5" width="9" height="9" rx="1" />}
    </svg>
  );
}
