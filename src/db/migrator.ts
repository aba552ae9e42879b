import { errorText, SetupError } from "../errors.ts";
import { withDeadline } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { Sql } from "./client.ts";
import { errorCode, withConnection } from "./connection.ts";
import { type Migration, readMigrations } from "./migration_files.ts";

/** How to migrate. */
export interface MigrateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Folder of the migration files; Quotewire's own by default. */
  readonly directory?: URL | undefined;
  /** How long another process's migrations are waited for; 2 minutes by default. */
  readonly turnDeadlineMs?: number | undefined;
}

/**
 * Key of the advisory lock that every migration runs under, in the database that it changes: the
 * ASCII codes of "qwmigr". Anybody else who changes the schema may take it to keep Quotewire out.
 */
export const MIGRATION_LOCK_KEY = 0x71_77_6d_69_67_72;

const TURN_DEADLINE_MS = 120_000;
/** While a migration waits for a table, everybody else waits behind it: so it gives up before long. */
const TABLE_DEADLINE_MS = 15_000;
const READ_DEADLINE_MS = 30_000;
/** The longest a migration may take; adopting a very large table is what needs it. */
const MIGRATION_DEADLINE_MS = 3_600_000;

/**
 * Lets Postgres notice within half a second that we have hung up, and roll back; a server on Windows
 * cannot, and finishes its statement. The driver's `cancel`, which would be
 * the other way to stop a statement, throws where nobody can catch it when Postgres dies in that moment
 * (measured with postgres.js 3.4.9).
 */
const NOTICE_HANG_UP = `do $$ begin
  perform set_config('client_connection_check_interval', '500', true);
exception when invalid_parameter_value then null;
end $$;`;

const log = logger("db");

interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** Whether versions that do not know it work with it. */
  readonly olderGoOn: boolean;
}

/**
 * Applies the migrations that a database lacks, oldest first, each in a transaction of its own, and
 * returns their names. Processes that start together may all call it: one applies, the others wait.
 *
 * @throws {SetupError} when Postgres cannot be reached, when an applied migration's text has changed,
 *   when the database has migrations that this version does not know, or when a lock stays taken
 * @throws the signal's reason when it aborts; the migration that ran is then rolled back
 */
export async function migrate(
  url: string,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const migrations = await readMigrations(options.directory);
  const { signal } = options;
  return await withConnection(
    { url, applicationName: "quotewire migrate", signal },
    async (sql) => {
      await createLedger(sql, options);
      const done: string[] = [];
      // Another process may have applied some between our look and our turn, hence a look each time.
      for (const migration of migrations) {
        const pending = pendingMigrations(migrations, await readApplied(sql, signal));
        if (!pending.includes(migration)) continue;
        if (await apply(sql, migration, options)) done.push(migration.name);
      }
      const applied = await readApplied(sql, signal);
      pendingMigrations(migrations, applied);
      const newest = applied.at(-1)?.name ?? "";
      if (newest > (migrations.at(-1)?.name ?? "")) {
        log.warn("The schema is of a newer version, which this one can work with: {name}", {
          code: "migration_newer",
          name: newest,
        });
      }
      return done;
    },
  );
}

/**
 * What of `migrations` has yet to be applied. Later ones that this version does not know are no hindrance
 * where they say so.
 *
 * @throws {SetupError} when the two lists do not belong together
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const newest = migrations.at(-1)?.name ?? "";
  for (const { name, checksum, olderGoOn } of applied) {
    const migration = known.get(name);
    if (migration === undefined) {
      if (olderGoOn && name > newest) continue;
      throw new SetupError(
        `Cannot migrate: each migration that this version does not know must let older versions ` +
          `go on, ${name} does not. Use the newer Quotewire that applied it, or another database.`,
      );
    }
    if (migration.checksum !== checksum) {
      throw new SetupError(
        `Cannot migrate: ${name} must stay as it was when it was applied, has changed since. ` +
          `Restore that file and put the change into a new migration.`,
      );
    }
  }
  const names = new Set(applied.map(({ name }) => name));
  const last = applied.map(({ name }) => name).sort().at(-1) ?? "";
  const pending = migrations.filter(({ name }) => !names.has(name));
  const early = pending.find(({ name }) => name < last);
  if (early !== undefined) {
    throw new SetupError(
      `Cannot migrate: ${early.name} must come after ${last}, which is already applied. ` +
        `Give it a later number.`,
    );
  }
  return pending;
}

async function createLedger(sql: Sql, options: MigrateOptions): Promise<void> {
  const found = await run(
    sql,
    "select to_regclass('quotewire_migrations') is not null as found",
    "look for applied migrations",
    READ_DEADLINE_MS,
    options.signal,
  );
  // Not even attempted without need: a read-only standby or a user with few rights may serve as well.
  if (found[0]?.["found"] === true) return;
  await runLocked(
    sql,
    "create the list of migrations",
    `create table if not exists quotewire_migrations (
       name text primary key,
       checksum text not null,
       applied_at timestamptz not null default clock_timestamp(),
       older_go_on boolean not null default false
     );
     comment on table quotewire_migrations is
       'Schema changes that Quotewire has made to this database; checksum is the SHA-256 of the file.'`,
    options,
  );
}

async function readApplied(
  sql: Sql,
  signal: AbortSignal | undefined,
): Promise<readonly AppliedMigration[]> {
  const rows = await run(
    sql,
    // A list that an older version made has not every column.
    `select name, checksum, coalesce((to_jsonb(one) ->> 'older_go_on')::boolean, false) as older_go_on
      from quotewire_migrations one order by name collate "C"`,
    "read the applied migrations",
    READ_DEADLINE_MS,
    signal,
  );
  return rows.map((row) => ({
    name: String(row["name"]),
    checksum: String(row["checksum"]),
    olderGoOn: row["older_go_on"] === true,
  }));
}

/** Returns false when another process has applied it in the meantime. */
async function apply(
  sql: Sql,
  migration: Migration,
  options: MigrateOptions,
): Promise<boolean> {
  const { name, checksum, text } = migration;
  try {
    // The entry comes first: its key refuses a migration that is already there before any of it runs.
    // Name and checksum hold nothing that would need quoting, see `readMigrations`.
    await runLocked(
      sql,
      `apply ${name}`,
      `insert into quotewire_migrations (name, checksum) values ('${name}', '${checksum}');\n${text}`,
      options,
    );
  } catch (error) {
    if (isAlreadyApplied(error)) return false;
    throw error;
  }
  log.info("Migration applied: {name}", { code: "migration_applied", name });
  return true;
}

/**
 * Runs several statements as one message, which Postgres treats as one transaction. The driver's own
 * transactions would do the same in more steps, and can crash when the connection breaks (`client.ts`).
 */
async function runLocked(
  sql: Sql,
  action: string,
  statements: string,
  options: MigrateOptions,
): Promise<void> {
  const text = `set local statement_timeout = 0;
    ${NOTICE_HANG_UP}
    set local lock_timeout = ${options.turnDeadlineMs ?? TURN_DEADLINE_MS};
    select pg_advisory_xact_lock(${MIGRATION_LOCK_KEY});
    set local lock_timeout = ${TABLE_DEADLINE_MS};
    ${statements}`;
  try {
    await run(sql, text, action, MIGRATION_DEADLINE_MS, options.signal);
  } catch (error) {
    throw explain(error, action);
  }
}

async function run(
  sql: Sql,
  text: string,
  action: string,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly Record<string, unknown>[]> {
  signal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const query = sql.unsafe<Record<string, unknown>[]>(text).simple().execute();
    return await withDeadline(Promise.race([query, aborted]), deadlineMs, action);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function isAlreadyApplied(error: unknown): boolean {
  return errorCode(error) === "23505" && error instanceof Error &&
    "constraint_name" in error && error.constraint_name === "quotewire_migrations_pkey";
}

/** Faults that the operator can mend, in words; everything else as it is. */
function explain(error: unknown, action: string): unknown {
  const hint = error instanceof Error && "hint" in error && typeof error.hint === "string"
    ? ` ${error.hint}`
    : "";
  const torn =
    " A part of a dump was restored here. Restore all of it into an empty database, or " +
    "have the tables made first and restore the rows alone (pg_restore --data-only).";
  const advice: Partial<Record<string, string>> = {
    P0001: hint,
    "42710": torn,
    "42723": torn,
    "42P07": torn,
    "42501": " Migrate as the owner of the tables.",
    "55P03": " Another migration is at work, or a long transaction holds the table (see " +
      "pg_stat_activity). Try again when it has ended.",
  };
  const text = advice[errorCode(error) ?? ""];
  if (text === undefined) return error;
  return new SetupError(`Cannot ${action}: ${errorText(error)}.${text}`, { cause: error });
}
