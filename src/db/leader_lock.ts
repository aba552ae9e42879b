import { createHash } from "node:crypto";
import { type Closable, withDeadline } from "../lifecycle.ts";
import { answered, discardPool, openPool, type Sql } from "./client.ts";

/** An advisory lock has two numbers: this one says whose, the other which. */
const LOCK_CLASS = 7_310_302;
const ANSWER_DEADLINE_MS = 2000;
/** Postgres gives the lock up this long after it has last heard of a machine that is gone without a word. */
const GONE_SECONDS = 3;

/**
 * A lock that one of all servers on a database can hold, for as long as its connection lasts: Postgres
 * releases it when the process dies, when the connection breaks, and about 3 s after the machine has gone
 * without a word.
 *
 * Its connection is its own and has to be one to Postgres itself: a pooler that lends a session to
 * others after each transaction lends them the lock.
 */
export class LeaderLock implements Closable {
  readonly #url: string;
  readonly #key: number;
  #sql: Sql | undefined;
  /** The backend that holds the lock for us. */
  #holder: number | undefined;

  /** @param name servers that name another one do not compete with us */
  constructor(url: string, name: string) {
    this.#url = url;
    this.#key = createHash("sha256").update(name).digest().readInt32BE();
  }

  /**
   * Tries to get the lock. Returns Postgres' clock at that moment, in milliseconds since the unix epoch, or
   * `undefined` when another one has it.
   *
   * @throws {DeadlineError} or the driver's error when Postgres does not answer
   */
  async take(): Promise<number | undefined> {
    const [row] = await this.#ask((sql) =>
      sql<{ pid: number; nowMs: number; taken: boolean }[]>`
        WITH attempt AS MATERIALIZED (
          SELECT pg_try_advisory_lock(${LOCK_CLASS}::int, ${this.#key}::int) AS taken,
            set_config('tcp_keepalives_idle', '1', false) AS idle,
            set_config('tcp_keepalives_interval', '1', false) AS interval,
            set_config('tcp_keepalives_count', ${String(GONE_SECONDS - 1)}, false) AS count,
            set_config('tcp_user_timeout', ${String(GONE_SECONDS * 1000)}, false) AS timeout
        )
        SELECT pg_backend_pid() AS pid, taken,
          floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"
        FROM attempt`.execute()
    );
    if (row === undefined || !row.taken) return undefined;
    this.#holder = row.pid;
    return row.nowMs;
  }

  /**
   * Makes sure that the lock is still ours: `false` means that it was lost, and another one may have it.
   *
   * @throws {DeadlineError} or the driver's error when Postgres does not answer; the lock has then been
   * given up
   */
  async holds(): Promise<boolean> {
    const [row] = await this.#ask((sql) =>
      sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`.execute()
    );
    if (row !== undefined && row.pid === this.#holder) return true;
    this.close();
    return false;
  }

  /** Gives the lock up, if it is ours, with its connection. Another `take` opens a new one. */
  close(): void {
    if (this.#sql !== undefined) discardPool(this.#sql);
    this.#sql = undefined;
    this.#holder = undefined;
  }

  #open(): Sql {
    // A lock on a server that nobody reads any more keeps no other leader away.
    const sql = openPool({
      url: this.#url,
      connectionsMax: 1,
      applicationName: "quotewire leader",
      lasting: true,
    }, () => sql === this.#sql && this.close());
    return sql;
  }

  async #ask<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
    const sql = this.#sql ??= this.#open();
    try {
      const answer = await withDeadline(run(sql), ANSWER_DEADLINE_MS, "reach the leader's lock");
      answered(sql);
      if (sql !== this.#sql) {
        throw new Error(
          "Cannot reach the leader's lock: its server is being left for the next host",
        );
      }
      return answer;
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
