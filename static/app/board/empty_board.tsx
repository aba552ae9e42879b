import type { PriceStore } from "../price_store.ts";

/** Says why there are no prices, and what to do about it. */
export function EmptyBoard({ store }: { readonly store: PriceStore }) {
  const { kind, detail, retryAtMs } = store.health.value;
  if (kind === "live" || kind === "delayed") {
    return (
      <div class="empty">
        <h2>No prices yet</h2>
        <p>Connected, but the database holds no prices. Start the aggregator:</p>
        <p>
          <code>deno task aggregator</code>
        </p>
      </div>
    );
  }
  if (kind === "waiting" && retryAtMs === undefined) {
    return (
      <div class="empty">
        <h2>Connecting…</h2>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>No prices to show</h2>
      <p>{detail}</p>
      {kind === "waiting" && (
        <p>
          Is the server running? It starts with{" "}
          <code>deno task serve</code>. This page connects by itself.
        </p>
      )}
    </div>
  );
}
