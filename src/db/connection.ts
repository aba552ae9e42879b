import { databaseUrls } from "../database_url.ts";
import { DeadlineError, errorText, SetupError } from "../errors.ts";
import { sleep, withDeadline } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { answered, discardPool, endPool, openPool, type Sql } from "./client.ts";

/** How a command connects. */
export interface ConnectOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly signal?: AbortSignal | undefined;
}

const ANSWER_DEADLINE_MS = 5000;
const STARTING_DEADLINE_MS = 30_000;
const RETRY_DELAY_MS = 500;
const END_DEADLINE_SECONDS = 1;
/**
 * The oldest major version of Postgres that a database may run on. Type `xid8`, which the feed reads by,
 * came with 13; TID range scans, which retention needs, with 14.
 */
export const POSTGRES_VERSION_MIN = 14;

/** A container's proxy accepts connections before Postgres does, and then resets them or stays mute. */
const STARTING_CODES = new Set(["57P03", "ECONNRESET", "CONNECTION_CLOSED", "CONNECT_TIMEOUT"]);

const log = logger("db");

/**
 * Runs short-lived work on one connection and ends it. A Postgres that is still starting up, as after
 * `docker compose up -d`, is waited for; one that nobody has started is not.
 *
 * @throws {SetupError} saying what to do, when there is no usable Postgres; never with the password
 */
export async function withConnection<T>(
  options: ConnectOptions,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = await connect(options);
  try {
    return await work(sql);
  } catch (error) {
    throw explainConnectionError(error, options.url);
  } finally {
    await endPool(sql, END_DEADLINE_SECONDS);
  }
}

/** Turns what the driver throws when it cannot connect into advice; returns everything else as it is. */
export function explainConnectionError(error: unknown, url: string): unknown {
  const { host, database, user } = describe(url);
  const advice = adviceFor(errorCode(error), database, user);
  if (advice === undefined) return error;
  return new SetupError(`Cannot use Postgres at ${host}: ${errorText(error)}. ${advice}`, {
    cause: error,
  });
}

/** The driver's or Postgres' code: "ECONNREFUSED", "42501". */
export function errorCode(error: unknown): string | undefined {
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return one instanceof Error && "code" in one && typeof one.code === "string"
    ? one.code
    : undefined;
}

async function connect(options: ConnectOptions): Promise<Sql> {
  const endMs = performance.now() + STARTING_DEADLINE_MS;
  for (let told = false;;) {
    options.signal?.throwIfAborted();
    const sql = openPool({ ...options, connectionsMax: 1 });
    try {
      await checkVersion(sql);
      answered(sql);
      return sql;
    } catch (error) {
      discardPool(sql);
      const starting = error instanceof DeadlineError ||
        STARTING_CODES.has(errorCode(error) ?? "");
      if (!starting || performance.now() > endMs) {
        if (error instanceof DeadlineError) throw muteError(options.url, error);
        throw explainConnectionError(error, options.url);
      }
      if (!told) {
        log.warn("Waiting for Postgres at {host}: {reason}", {
          code: "db_not_ready",
          host: describe(options.url).host,
          reason: errorText(error),
        });
        told = true;
      }
      await sleep(RETRY_DELAY_MS, options.signal);
    }
  }
}

async function checkVersion(sql: Sql): Promise<void> {
  const rows = await withDeadline(
    sql<{ version: string; name: string }[]>`
      select current_setting('server_version_num') as version,
        current_setting('server_version') as name`.execute(),
    ANSWER_DEADLINE_MS,
    "reach Postgres",
  );
  const row = rows[0];
  if (row === undefined || Number(row.version) < POSTGRES_VERSION_MIN * 10_000) {
    throw new SetupError(
      `Cannot use this Postgres: must be version ${POSTGRES_VERSION_MIN} or newer, ` +
        `is ${row?.name ?? "unknown"}`,
    );
  }
}

function adviceFor(code: string | undefined, database: string, user: string): string | undefined {
  switch (code) {
    case "ECONNREFUSED":
      return `Is it running? Start it with "docker compose up -d", or set DATABASE_URL.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "Is the host's name in DATABASE_URL right?";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
    case "CONNECT_TIMEOUT":
      return "Are the host and port in DATABASE_URL right, and does a firewall let them through?";
    case "ECONNRESET":
    case "CONNECTION_CLOSED":
    case "CONNECTION_DESTROYED":
    case "57P03":
      return `Does it run well? Look into its log ("docker compose logs postgres").`;
    case "28P01":
    case "28000":
      return `Are the user ${user} and the password in DATABASE_URL right?`;
    case "3D000":
      return `Create it with "create database ${database}", or name another in DATABASE_URL.`;
    case "42501":
      return `Grant what its part needs: "grant select on quotewire_migrations, stock_prices to ${user}" ` +
        "to read prices; docs/tutorials/own_table.md, Permissions, has the rest.";
    case "42P01":
      return 'Create the tables with "deno task db:migrate".';
    case "53300":
      return "Raise max_connections, or end some of the other connections.";
    default:
      return undefined;
  }
}

function muteError(url: string, cause: DeadlineError): SetupError {
  return new SetupError(
    `Cannot use Postgres at ${
      describe(url).host
    }: must answer within ${STARTING_DEADLINE_MS} ms, ` +
      `accepts connections but stays silent. Is DATABASE_URL the address of a Postgres?`,
    { cause },
  );
}

/** The parts of an address that may be shown. */
function describe(url: string): { host: string; database: string; user: string } {
  const urls = databaseUrls(url) ?? [];
  const [first] = urls;
  return {
    host: urls.map(({ host }) => host).join(", "),
    database: decodeURIComponent(first?.pathname.slice(1) ?? ""),
    user: first?.username ?? "",
  };
}
