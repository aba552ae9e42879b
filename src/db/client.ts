import postgres from "postgres";
import { DeadlineError, errorText } from "../errors.ts";
import { type Closable, withDeadline } from "../lifecycle.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import { arrayLiteral } from "./array_literal.ts";
import { Dialer, type DialTarget, type HostInUse } from "./dialer.ts";
import { Patience } from "./patience.ts";

/** The driver's tagged template, as `query` hands it out. */
export type Sql = postgres.Sql;

/** A part of a statement. */
export type Fragment = ReturnType<Sql>;

/** How to reach Postgres. */
export interface DatabaseOptions {
  readonly url: string;
  /** Open connections at most; each concurrent query takes one. */
  readonly connectionsMax: number;
  /**
   * Shown in `pg_stat_activity`, so that an operator can tell the connections apart; at most 54
   * characters, because Postgres cuts at 63 and each pool of a `Database` adds a word of its own.
   */
  readonly applicationName: string;
  /** Keeps each connection for as long as it works; the driver replaces them after 30 to 60 minutes. */
  readonly lasting?: boolean;
  /** Of several hosts it goes where this one is connected, for as long as that is the case. */
  readonly follow?: HostInUse;
}

const CONNECT_TIMEOUT_SECONDS = 3;
const RECONNECT_DELAY_SECONDS = 0.25;
const CLOSE_DEADLINE_SECONDS = 2;
/** Pools that a black hole may make us replace before we stop to note them: there is nobody to end. */
const ABANDONED_MAX = 20;

/** Who opened the sockets of a pool: the driver itself offers no way to destroy them. */
const DIALERS = new WeakMap<Sql, Dialer>();

const log = logger("db");

/**
 * A pool of connections in which no query can hang.
 *
 * postgres.js has no query timeout: on a connection that is open but mute a query stays pending for
 * ever, and the pool with it (measured; porsager/postgres#1066, #1193). So every query here carries a
 * deadline, and passing it replaces the whole pool. Only single statements are sent, because killed
 * connections inside `begin` or `reserve` can crash the driver; what needs a transaction is written
 * as one statement, or runs in a short-lived command.
 *
 * A statement that passed its deadline may still run on the server, however its connection ended. It
 * is ended there before the next query, lest such statements pile up in a database that is merely
 * slow, or write old rows after newer ones.
 */
export class Database implements Closable, HostInUse {
  readonly #options: DatabaseOptions;
  /** Names of replaced pools whose statements may still run. */
  readonly #abandoned = new Set<string>();
  /** Pools to a host that was left, each until its last query has ended. */
  readonly #left = new Set<Pool>();
  /** While the database is mute each query replaces the pool. */
  readonly #replacements = new LineLimit({
    log,
    level: "warn",
    of: "db_pool_replaced",
    ...FEW_LINES,
  });
  readonly #patience = new Patience();
  #pool: Pool;
  #closed = false;

  /** Opens nothing yet: the first query does. */
  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#pool = this.#open();
  }

  /**
   * Runs one statement.
   *
   * @param action for error messages: "read new prices"
   * @param run starts the statement on the driver it is given; it must not keep it
   * @throws {DeadlineError} when the answer takes longer than `deadlineMs`; the pool is then replaced, as far
   *   as `Patience` says
   * @throws the driver's error when Postgres refuses the statement or cannot be reached
   */
  async query<T>(
    action: string,
    deadlineMs: number,
    run: (sql: Sql) => PromiseLike<T>,
  ): Promise<T> {
    if (this.#closed) throw new Error(`Cannot ${action}: the database is closed`);
    const pool = this.#pool;
    const query = { deadlineMs };
    pool.running.add(query);
    try {
      const answer = await withDeadline(this.#run(pool.sql, run), deadlineMs, action);
      answered(pool.sql);
      this.#patience.answered(deadlineMs);
      return answer;
    } catch (error) {
      if (isRefusal(error)) answered(pool.sql);
      if (error instanceof DeadlineError) this.#passed(pool, error, deadlineMs);
      throw error;
    } finally {
      pool.running.delete(query);
      if (pool.running.size === 0 && this.#left.delete(pool)) discardPool(pool.sql);
    }
  }

  /** The index of the host that it is connected to, if it is. */
  get host(): number | undefined {
    return DIALERS.get(this.#pool.sql)?.host;
  }

  /**
   * Names what it is connected by: another text as soon as one of the connections has ended, which the
   * driver tells nobody. Another server may have taken the place of the one before, or the same one may
   * have crashed, which ends them all. One connection more changes nothing.
   */
  get connections(): string {
    return `${this.#pool.name} ${DIALERS.get(this.#pool.sql)?.lost}`;
  }

  /** Ends all connections; what still runs after 2 s is cut off. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#replacements.close();
    const pools = [this.#pool, ...this.#left];
    this.#left.clear();
    await Promise.all(pools.map(({ sql }) => endPool(sql, CLOSE_DEADLINE_SECONDS)));
  }

  async #run<T>(sql: Sql, run: (sql: Sql) => PromiseLike<T>): Promise<T> {
    if (this.#abandoned.size > 0) await this.#endAbandoned(sql);
    return await run(sql);
  }

  #open(): Pool {
    const name = `${this.#options.applicationName} ${crypto.randomUUID().slice(0, 8)}`;
    const options = { ...this.#options, applicationName: name };
    const pool: Pool = {
      sql: openPool(options, () => this.#leave(pool)),
      name,
      running: new Set(),
    };
    return pool;
  }

  /** Its host is left by all pools of the process: who asks from now on asks the next one. */
  #leave(pool: Pool): void {
    if (this.#closed || pool !== this.#pool) return;
    this.#pool = this.#open();
    if (pool.running.size === 0) discardPool(pool.sql);
    else this.#left.add(pool);
  }

  /** A query has passed its deadline. */
  #passed(pool: Pool, { message }: DeadlineError, deadlineMs: number): void {
    const inUse = pool === this.#pool || this.#left.has(pool);
    const longestMs = Math.max(...[...pool.running].map((query) => query.deadlineMs));
    if (this.#closed || !inUse || !this.#patience.isOver(deadlineMs, longestMs)) return;
    if (this.#replacements.take()) {
      log.warn("Pool replaced: {reason}", { code: "db_pool_replaced", reason: message });
    }
    this.#replace(pool);
  }

  #replace(pool: Pool): void {
    if (!this.#left.delete(pool)) this.#pool = this.#open();
    if (this.#abandoned.size < ABANDONED_MAX) this.#abandoned.add(pool.name);
    discardPool(pool.sql);
  }

  /**
   * By a statement of its own, because the driver's `cancel` throws where nobody can catch it when the
   * server is out of reach (measured with postgres.js 3.4.9).
   */
  async #endAbandoned(sql: Sql): Promise<void> {
    const names = [...this.#abandoned];
    await sql`
      SELECT pg_terminate_backend(pid)
      FROM pg_stat_activity
      WHERE application_name = ANY (${
      arrayLiteral(names)
    }::text::text[]) AND usename = current_user`;
    answered(sql);
    for (const name of names) this.#abandoned.delete(name);
  }
}

/** All that most users of a `Database` need. */
export type Queries = Pick<Database, "query">;

interface Pool {
  readonly sql: Sql;
  /** As in `pg_stat_activity`; no other pool has it. */
  readonly name: string;
  /** Queries that have not ended; each has a deadline. */
  readonly running: Set<{ readonly deadlineMs: number }>;
}

/**
 * Opens a raw pool with the settings that all of Quotewire's connections share. For `Database`, the
 * listener, the lock, and commands that need a transaction; everybody else takes a `Database`.
 *
 * @param onLeft it has connections to a host that all pools of the process leave. Whoever keeps a pool MUST
 *   then take another; one that lasts for a moment may stay.
 */
export function openPool(options: DatabaseOptions, onLeft?: () => void): Sql {
  const dialer = new Dialer({ follow: options.follow, onLeft });
  // The driver's types leave this option out; its README has it.
  const dial: object = { socket: (target: DialTarget) => dialer.dial(target) };
  const sql = postgres(options.url, {
    ...dial,
    max: options.connectionsMax,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    ...(options.lasting && { max_lifetime: null }),
    // The driver's own back-off grows to 20 s; a feed wants its database back at once, and a refused
    // connection costs next to nothing.
    backoff: () => RECONNECT_DELAY_SECONDS,
    // See `arrayLiteral`: nothing here depends on types that the driver would have to ask for.
    fetch_types: false,
    connection: { application_name: options.applicationName },
    onnotice: (notice) => log.debug("Postgres notice: {message}", { code: "db_notice", ...notice }),
  });
  DIALERS.set(sql, dialer);
  return sql;
}

/**
 * MUST be told of each statement that a raw pool got an answer to, if there may be several hosts: a pool
 * that ends without one has failed to reach its host.
 */
export function answered(sql: Sql): void {
  DIALERS.get(sql)?.answered();
}

/** Whether Postgres refused a statement, and not the connection. */
function isRefusal(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.severity === "ERROR";
}

/** Ends a pool; what still runs after the deadline is cut off. */
export async function endPool(sql: Sql, deadlineSeconds: number): Promise<void> {
  DIALERS.get(sql)?.end();
  await sql.end({ timeout: deadlineSeconds });
  DIALERS.get(sql)?.cutOff();
}

/** Cuts a pool off on the spot. Its queries reject; nobody is expected to listen any more. */
export function discardPool(sql: Sql): void {
  DIALERS.get(sql)?.end();
  sql.end({ timeout: 0 }).catch((error: unknown) => {
    log.debug("Pool ended with an error: {reason}", {
      code: "db_pool_end_failed",
      reason: errorText(error),
    });
  }).finally(() => DIALERS.get(sql)?.cutOff());
}
