import { discardPool, openPool, type Sql } from "./client.ts";
import type { HostInUse } from "./dialer.ts";
import { errorText } from "../errors.ts";
import type { Closable } from "../lifecycle.ts";
import { FEW_LINES, type LineAllowance, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";

/** The channel on which the table's trigger says that rows were inserted; its payload is always empty. */
export const PRICES_CHANNEL = "quotewire_stock_prices";

/** The channel on which a feed sends itself nonces, to learn whether notifications still arrive. */
const PULSE_CHANNEL = "quotewire_pulse";

/** What a listener tells its owner. No callback may throw: the driver would reject a query for it. */
export interface NotificationEvents {
  /** Rows were inserted, or may have been: also called after every (re)connect, when notices may be lost. */
  readonly onPrices: () => void;
  /** The connection listens for pulses from now on; earlier ones are lost. */
  readonly onListening: () => void;
  /** A nonce of `sendPulse` came back; `nonce` may be another process's. */
  readonly onPulse: (nonce: string) => void;
}

const log = logger("db");

/**
 * The one connection that LISTENs. It can die without a sign (a half-open TCP connection, a proxy that
 * forgot it), and the driver hides it, so whoever owns this MUST send pulses and call `restart` when
 * they do not come back.
 */
export class NotificationListener implements Closable {
  readonly #url: string;
  readonly #sender: HostInUse;
  readonly #events: NotificationEvents;
  /** Of an outage each retry is one more failure. */
  readonly #failures: LineLimit;
  #sql: Sql | undefined;

  /**
   * @param sender of the pulses, which come back on its server alone
   * @param lines for tests that cannot wait as long
   */
  constructor(
    url: string,
    sender: HostInUse,
    events: NotificationEvents,
    lines: LineAllowance = FEW_LINES,
  ) {
    this.#url = url;
    this.#sender = sender;
    this.#events = events;
    this.#failures = new LineLimit({ log, level: "warn", of: "db_listen_failed", ...lines });
  }

  /**
   * Connects and listens, in place of the connection so far. Returns at once; what goes wrong is
   * logged and shows as pulses that do not come back.
   */
  restart(): void {
    this.#disconnect();
    const sql = openPool({
      url: this.#url,
      connectionsMax: 1,
      applicationName: "quotewire listener",
      follow: this.#sender,
    }, () => current() && this.restart());
    this.#sql = sql;
    const current = () => sql === this.#sql;
    const failed = (error: unknown) => {
      if (!current() || !this.#failures.take()) return;
      log.warn("Cannot listen: {reason}", { code: "db_listen_failed", reason: errorText(error) });
    };
    sql.listen(
      PRICES_CHANNEL,
      () => current() && this.#events.onPrices(),
      () => current() && this.#events.onPrices(),
    ).catch(failed);
    sql.listen(
      PULSE_CHANNEL,
      (nonce) => current() && this.#events.onPulse(nonce),
      () => current() && this.#events.onListening(),
    ).catch(failed);
  }

  /** Stops listening. Notices that are under way are dropped. */
  close(): void {
    this.#disconnect();
    this.#failures.close();
  }

  #disconnect(): void {
    if (this.#sql === undefined) return;
    discardPool(this.#sql);
    this.#sql = undefined;
  }
}

/** The statement that sends a nonce to every listener of the database, the sender's own among them. */
export function sendPulse(sql: Sql, nonce: string): PromiseLike<unknown> {
  return sql`SELECT pg_notify(${PULSE_CHANNEL}, ${nonce})`;
}

/** The statement that asks whether the database answers at all. */
export function askAlive(sql: Sql): PromiseLike<unknown> {
  return sql`SELECT 1`;
}
