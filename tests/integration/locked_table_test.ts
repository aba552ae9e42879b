import type { FeedMode } from "../../src/config.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { delivery, recover, startRig, statusOf, strike, write } from "../support/feed_rig.ts";
import { waitFor } from "../support/wait_for.ts";

const MODES: readonly FeedMode[] = ["poll", "listen"];

for (const mode of MODES) {
  Deno.test({
    name: `PostgresFeed in ${mode} mode says when the table is locked, and reads it afterwards`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using rig = await startRig(mode);
      const { feed, direct } = rig;
      await write(direct, 1);
      await delivery(feed, 1);
      await direct.begin(async (transaction) => {
        const lock = () => transaction`LOCK TABLE stock_prices IN ACCESS EXCLUSIVE MODE`;
        await strike(feed, lock, "delayed");
        // A read that waits for the lock for as long as reads may take has failed.
        await waitFor("the feed to be down", () => statusOf(feed) === "down", RECOVERY_DEADLINE_MS);
      });
      await write(direct, 2);
      await recover(feed, 2);
    },
  });
}
