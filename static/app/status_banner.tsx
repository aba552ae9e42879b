import type { FeedClient } from "../../src/client/feed_client.ts";
import { format } from "./format.ts";
import type { PriceStore } from "./price_store.ts";

/** Says that the prices below may be old, since when, why, and what can be done. */
export function StatusBanner(
  { store, client }: { readonly store: PriceStore; readonly client: FeedClient },
) {
  const { kind, detail, oldSinceMs, retryAtMs } = store.health.value;
  if (kind !== "old" && kind !== "over") return null;
  return (
    <aside class={`banner is-${kind}`} aria-label="Prices are not live">
      <p>
        <strong>Prices are not live.</strong>{" "}
        {oldSinceMs !== undefined && <OldSince oldSinceMs={oldSinceMs} store={store} />} {detail}
      </p>
      {retryAtMs !== undefined && (
        <button type="button" onClick={() => client.checkNow()}>Reconnect now</button>
      )}
      {kind === "over" && (
        <button type="button" onClick={() => client.start()}>Connect again</button>
      )}
    </aside>
  );
}

function OldSince(
  { oldSinceMs, store }: { readonly oldSinceMs: number; readonly store: PriceStore },
) {
  return (
    <>
      Last confirmed at {format.time(oldSinceMs / 1000)},{" "}
      {format.ago(store.nowMs.value - oldSinceMs)}.
    </>
  );
}
