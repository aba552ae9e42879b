import type { Health } from "../../../src/client/health.ts";

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
