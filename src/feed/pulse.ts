import type { Database } from "../db/client.ts";
import { askAlive, sendPulse } from "../db/notifications.ts";
import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";

/** With the deadline below, an outage is known after at most 1.5 s: within the 2 s that `Feed` promises. */
const PULSE_INTERVAL_MS = 500;
const PULSE_DEADLINE_MS = 1000;

const log = logger("feed");

/** What a pulse finds out. Calls are serial. */
export interface PulseEvents {
  readonly onAnswer: () => void;
  readonly onSilence: () => void;
}

/**
 * Asks the database every 500 ms whether it is there. Reads cannot tell: between two polls lie seconds,
 * and a read that hangs looks like one that works.
 */
export async function runPulse(
  database: Database,
  events: PulseEvents,
  nonce: (() => string) | undefined,
  signal: AbortSignal,
): Promise<void> {
  let answering: boolean | undefined;
  while (!signal.aborted) {
    try {
      await database.query(
        "reach the database",
        PULSE_DEADLINE_MS,
        nonce === undefined ? askAlive : (sql) => sendPulse(sql, nonce()),
      );
      if (answering === false) log.info("Database is back", { code: "feed_database_back" });
      answering = true;
      events.onAnswer();
    } catch (error) {
      if (signal.aborted) return;
      if (answering !== false) {
        log.error("Database is away: {reason}", {
          code: "feed_database_away",
          reason: errorText(error),
        });
      }
      answering = false;
      events.onSilence();
    }
    await sleep(PULSE_INTERVAL_MS, signal);
  }
}
