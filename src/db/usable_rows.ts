import type { Sql } from "./client.ts";

/**
 * How far ahead of the clock a price may be. A day covers a writer in the wrong time zone; what lies
 * further ahead is a fault of the writer, such as milliseconds in place of seconds.
 */
const AHEAD_SECONDS_MAX = 86_400;

/**
 * The condition for a row of `stock_prices` to be shown: it is what decides which row is a symbol's
 * newest, so whoever asks for that MUST use it.
 *
 * - An adopted table may hold rows from before its checks, which must not hide good ones.
 * - A row with a timestamp far ahead would be the newest for as long, and no later price would show. Ahead
 *   is what both clocks say: that of Postgres, at the time of insertion, and ours. A clock that was set
 *   back hides nothing by itself.
 *
 * Postgres is made to believe that nearly every row is usable, as is the case. By itself, and without
 * statistics, it takes "price > 0 AND price < 'Infinity'" for true of one row in 200, and reads and sorts a
 * table of 1,500 rows for each of them, rather than take the first of an index. What "IS NOT NULL" it takes
 * for true of 199 in 200.
 *
 * @param table name or alias under which the statement knows the table
 * @returns a condition that is true or false, never null
 */
export function usableRows(sql: Sql, table: string) {
  const row = sql(table);
  return sql`(CASE WHEN ${row}.price > 0 AND ${row}.price < 'Infinity'
    AND ${row}.timestamp <= ${AHEAD_SECONDS_MAX}::float8 + greatest(
      extract(epoch FROM ${row}.inserted_at)::float8, ${Date.now() / 1000}::float8)
    THEN true END IS NOT NULL)`;
}
