import * as v from "valibot";
import type { Queries } from "./client.ts";

/** What the database says of itself and of the table of prices. */
export interface DatabaseFigures {
  /** As Postgres numbers itself: 180004 is 18.4. */
  readonly version: number;
  /**
   * Rows of the table, estimated as the planner does: its size now, by the rows in a block when it was last
   * vacuumed or analysed. Null where that never was.
   */
  readonly rows: number | null;
  /** The table on disk, with its indexes. */
  readonly bytes: number;
  /** How long ago the newest row was inserted, by the database's clock; null where there is none. */
  readonly newestAgeMs: number | null;
  /** Connections of Quotewire's programs, those of other servers among them. */
  readonly ownConnections: number;
  /** Connections of everybody, to all databases of that Postgres. */
  readonly connections: number;
  /** How many it allows. */
  readonly connectionsMax: number;
}

const figure = v.pipe(v.number(), v.finite());
const count = v.pipe(figure, v.minValue(0));
const figuresSchema = v.object({
  version: count,
  rows: v.nullable(v.pipe(count, v.transform(Math.round))),
  bytes: count,
  newestAgeMs: v.nullable(figure),
  ownConnections: count,
  connections: count,
  connectionsMax: count,
});

/**
 * Asks for them in one statement, whose cost does not depend on the table's size: it counts no rows, and
 * takes the newest from the index of ids. Any role may ask: the kind of others' connections is
 * hidden from it in `pg_stat_activity`, but not in `pg_stat_database` how many there are.
 *
 * @throws {DeadlineError} when the answer takes longer than `deadlineMs`
 * @throws the driver's error when Postgres refuses the statement or cannot be reached
 */
export async function readDatabaseFigures(
  database: Queries,
  deadlineMs: number,
): Promise<DatabaseFigures> {
  const found = await database.query(
    "read the database's figures",
    deadlineMs,
    (sql) =>
      sql`
      SELECT current_setting('server_version_num')::float8 AS version,
        (SELECT CASE WHEN relpages > 0 AND reltuples >= 0 THEN reltuples / relpages *
            (pg_relation_size(oid) / current_setting('block_size')::float8) END
          FROM pg_class WHERE oid = 'stock_prices'::regclass) AS rows,
        pg_total_relation_size('stock_prices'::regclass)::float8 AS bytes,
        (SELECT extract(epoch FROM clock_timestamp() - inserted_at)::float8 * 1000
          FROM stock_prices ORDER BY id DESC LIMIT 1) AS "newestAgeMs",
        (SELECT count(*)::float8 FROM pg_stat_activity
          WHERE application_name LIKE 'quotewire %') AS "ownConnections",
        (SELECT sum(numbackends)::float8 FROM pg_stat_database) AS connections,
        current_setting('max_connections')::float8 AS "connectionsMax"`,
  );
  return v.parse(figuresSchema, found[0]);
}
