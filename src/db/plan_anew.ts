import type { Sql } from "./client.ts";

/**
 * A condition that is always true, for a statement that MUST be planned for the table as it is now: with
 * each reading, and not once and for all.
 *
 * The driver prepares each statement, and from the sixth time on Postgres may keep one plan for all values.
 * One that was made while the table was empty reads all of it for whatever it looks for, until the
 * table is next analysed. It is kept if it seems to cost no more than one for the values at hand: as this
 * condition seems to without its value, and not with it. The rows are never made. To plan the feed's poll
 * takes 0.02 ms this way; unprepared it takes 0.25 ms, because the driver asks for the types each time.
 */
export function planAnew(sql: Sql) {
  return sql`(SELECT count(*) FROM generate_series(1, 1000000000) WHERE ${false}::boolean) = 0`;
}
