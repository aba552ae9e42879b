import type { FeedClient } from "../../../src/client/feed_client.ts";
import { format } from "../format.ts";
import type { Freshness } from "./freshness.ts";

/** Says that the prices below may be old, since when, why, and what can be done. */
export function StatusBanner(
  { freshness, client }: { readonly freshness: Freshness; readonly client: FeedClient },
) {
  const { kind, detail, oldSinceMs, retryAtMs } = freshness.health.value;
  if (kind === "delayed") return <DelayedBanner freshness={freshness} />;
  if (kind !== "old" && kind !== "over") return null;
  return (
    <aside class={`banner is-${kind}`} aria-label="Prices are not live">
      <p>
        <strong>Prices are not live.</strong>{" "}
        {oldSinceMs !== undefined && <OldSince oldSinceMs={oldSinceMs} freshness={freshness} />}
        {" "}
        {detail}
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

function DelayedBanner({ freshness }: { readonly freshness: Freshness }) {
  const { detail, oldSinceMs } = freshness.health.value;
  return (
    <aside class="banner is-delayed" aria-label="Prices are late">
      <p>
        <strong>Prices are late.</strong>{" "}
        {oldSinceMs !== undefined && <OldSince oldSinceMs={oldSinceMs} freshness={freshness} />}
        {" "}
        {detail}
      </p>
    </aside>
  );
}

function OldSince(
  { oldSinceMs, freshness }: { readonly oldSinceMs: number; readonly freshness: Freshness },
) {
  return (
    <>
      Last confirmed at {format.time(oldSinceMs / 1000)},{" "}
      {format.ago(freshness.nowMs.value - oldSinceMs)}.
    </>
  );
}
