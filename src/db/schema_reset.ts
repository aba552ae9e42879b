import { SetupError } from "../errors.ts";
import { errorCode, withConnection } from "./connection.ts";
import { MIGRATION_LOCK_KEY } from "./migrator.ts";

/** A table that a reset would delete. */
export interface OwnTable {
  readonly name: string;
  readonly rows: number;
  /** Whether `rows` was counted; otherwise it follows from Postgres' statistics. */
  readonly counted: boolean;
}

/** How to reach the database. */
export interface ResetOptions {
  readonly signal?: AbortSignal | undefined;
}

const APPLICATION_NAME = "quotewire reset";
const LOCK_DEADLINE_MS = 15_000;
const COUNTED_ROWS_MAX = 10_000;

/**
 * Quotewire's tables: `stock_prices`, and all whose name begins with `quotewire_`. Migrations keep to
 * that rule, so that a reset finds everything and touches nothing else.
 */
const OWN_TABLES = `
  select c.oid, c.relname, c.relnamespace, c.relpages, c.reltuples
  from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
    and (c.relname = 'stock_prices' or c.relname like 'quotewire\\_%')`;

/**
 * What a reset would delete: Quotewire's tables, by name.
 *
 * @throws {SetupError} when Postgres cannot be reached
 */
export async function readOwnTables(
  url: string,
  { signal }: ResetOptions = {},
): Promise<readonly OwnTable[]> {
  return await withConnection({ url, applicationName: APPLICATION_NAME, signal }, async (sql) => {
    // The density of rows at the last count, applied to the size of now. A table whose rows were never
    // counted is taken to have rows of 100 bytes.
    const found = await sql.unsafe<{ name: string; estimate: number }[]>(`
      select relname as name,
        (case when relpages > 0 and reltuples >= 0 then reltuples / relpages
          else current_setting('block_size')::float8 / 100 end
        * (pg_relation_size(oid) / current_setting('block_size')::float8))::float8 as estimate
      from (${OWN_TABLES}) own order by relname`);
    const tables: OwnTable[] = [];
    for (const { name, estimate } of found) {
      const [count] = await sql<{ rows: number }[]>`
        select count(*)::int as rows from (select from ${sql(name)} limit ${COUNTED_ROWS_MAX}) few`;
      const rows = count?.rows ?? 0;
      const counted = rows < COUNTED_ROWS_MAX;
      tables.push({ name, rows: counted ? rows : Math.round(estimate), counted });
    }
    return tables;
  });
}

/**
 * Deletes Quotewire's tables and functions with all they hold, in one transaction. Foreign views or
 * keys that build on them are not deleted along, but refuse the whole.
 *
 * @throws {SetupError} when Postgres cannot be reached, or when something else depends on the tables
 */
export async function dropSchema(url: string, { signal }: ResetOptions = {}): Promise<void> {
  await withConnection({ url, applicationName: APPLICATION_NAME, signal }, async (sql) => {
    try {
      await sql.unsafe(`
        set local lock_timeout = ${LOCK_DEADLINE_MS};
        select pg_advisory_xact_lock(${MIGRATION_LOCK_KEY});
        do $$
        declare
          tables text;
          routine regprocedure;
        begin
          select string_agg(format('%I', relname), ', ') into tables from (${OWN_TABLES}) own;
          if tables is not null then execute 'drop table ' || tables; end if;
          for routine in
            select oid from pg_proc
            where pronamespace = current_schema()::regnamespace and proname like 'quotewire\\_%'
          loop
            execute 'drop function ' || routine;
          end loop;
        end
        $$`).simple();
    } catch (error) {
      throw explain(error);
    }
  });
}

function explain(error: unknown): unknown {
  const text = error instanceof Error ? error.message : String(error);
  switch (errorCode(error)) {
    case "2BP01": {
      const detail = error instanceof Error && "detail" in error ? ` (${error.detail})` : "";
      return new SetupError(
        `Cannot reset: nothing else may depend on Quotewire's tables, something does${detail}. ` +
          "Drop that first.",
        { cause: error },
      );
    }
    case "42501":
      return new SetupError(`Cannot reset: ${text}. Reset as the owner of the tables.`, {
        cause: error,
      });
    case "55P03":
      return new SetupError(
        `Cannot reset: must get its tables within ${LOCK_DEADLINE_MS} ms, they are in use. ` +
          "Stop the server and the aggregator first.",
        { cause: error },
      );
    default:
      return error;
  }
}
