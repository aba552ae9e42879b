import type { Database } from "../db/client.ts";
import { askAlive, sendPulse } from "../db/notifications.ts";
import { Bell } from "../bell.ts";
import { errorText } from "../errors.ts";
import { logger } from "../log.ts";

/** With the deadline below, an outage is known after at most 1.5 s: within the 2 s that `Feed` promises. */
const PULSE_INTERVAL_MS = 500;
const PULSE_DEADLINE_MS = 1000;

const log = logger("feed");

/** What a pulse is, and what it finds out. Calls are serial. */
export interface PulseEvents {
  /** Makes the nonce of the next pulse, where it is to come back as a notice. */
  readonly nextNonce?: (() => string) | undefined;
  readonly onAnswer: () => void;
  readonly onSilence: () => void;
}

/**
 * Asks the database twice a second whether it is there. Reads cannot tell: between two polls lie
 * seconds, and a read that hangs looks like one that works.
 */
export class Pulse {
  readonly #database: Database;
  readonly #events: PulseEvents;
  readonly #bell = new Bell();
  #answering: boolean | undefined;

  constructor(database: Database, events: PulseEvents) {
    this.#database = database;
    this.#events = events;
  }

  /** Asks now instead of at the next beat. */
  beat(): void {
    this.#bell.ring();
  }

  /** Beats until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#ask(signal);
      const timer = setTimeout(() => this.#bell.ring(), PULSE_INTERVAL_MS);
      await this.#bell.wait(signal);
      clearTimeout(timer);
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { nextNonce } = this.#events;
    try {
      await this.#database.query(
        "reach the database",
        PULSE_DEADLINE_MS,
        nextNonce === undefined ? askAlive : (sql) => sendPulse(sql, nextNonce()),
      );
      if (this.#answering === false) log.info("Database is back", { code: "feed_database_back" });
      this.#answering = true;
      this.#events.onAnswer();
    } catch (error) {
      if (signal.aborted) return;
      if (this.#answering !== false) {
        log.error("Database is away: {reason}", {
          code: "feed_database_away",
          reason: errorText(error),
        });
      }
      this.#answering = false;
      this.#events.onSilence();
    }
  }
}
