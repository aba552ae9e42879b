import type { PriceStore } from "../db/price_store.ts";
import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { FeedHealth } from "./health.ts";

/** With the time of a look and until the status is announced, within the 2 s that `Feed` promises. */
const CHECK_INTERVAL_MS = 1000;

const log = logger("feed");

/**
 * Looks from time to time whether the table still announces its inserts. A LISTEN connection over which
 * pulses come back says nothing about a trigger that was dropped or switched off: prices would then come
 * by the poll alone, late, and under a feed that calls itself live.
 *
 * @param pause waits between two looks; resolves at once when `signal` aborts
 */
export async function watchTrigger(
  store: Pick<PriceStore, "announcesInserts">,
  health: FeedHealth,
  signal: AbortSignal,
  pause = sleep,
): Promise<void> {
  let announced = true;
  let told = false;
  while (!signal.aborted) {
    try {
      const found = await store.announcesInserts();
      if (!found && announced) {
        log.warn(
          "Inserts are not announced: the trigger quotewire_stock_prices_inserted on stock_prices " +
            "must exist and be enabled; polling meanwhile",
          { code: "feed_trigger_missing" },
        );
      }
      announced = found;
      told = false;
      health.insertsAnnounced(found);
    } catch (error) {
      // The pulse tells of an outage; whether there is a trigger can wait until it is over.
      if (!told) {
        log.debug("Cannot look for the trigger: {reason}", {
          code: "feed_trigger_unknown",
          reason: errorText(error),
        });
      }
      told = true;
    }
    await pause(CHECK_INTERVAL_MS, signal);
  }
}
