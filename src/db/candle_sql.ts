import { arrayLiteral } from "./array_literal.ts";
import type { Sql } from "./client.ts";
import type { ReadCursor } from "./price_store.ts";
import { usableRows } from "./usable_rows.ts";

/** Lengths that are kept, in seconds, shortest first: every longer interval is at most five of one. */
export const KEPT_WIDTHS_SECONDS = [60, 900, 3600, 86_400] as const;

/** When the candles were begun: what tells rows that were there already from those that came after. */
export interface Beginning {
  /** A `pg_snapshot`, as text. */
  readonly snapshot: string;
  /** A `timestamptz`, as text. */
  readonly startedAt: string;
}

/** What candles had that were kept in another cluster, whose transactions had other ids. */
export interface Carried {
  /** Of that cluster. */
  readonly cursor: ReadCursor;
  /** When they were begun there: rows from before are in, whatever transaction they name. */
  readonly since: string;
  /** When the cursor was last moved: rows from after are not in. */
  readonly until: string;
}

/** What the rows of a statement have to have, so that `candleColumns` can make candles of them. */
export function pointColumns(sql: Sql) {
  return sql`symbol::text, source::text, price::float8 AS price,
    stock_prices.timestamp::float8 AS timestamp, stock_prices.id::float8 AS id`;
}

/**
 * Candles from rows with `pointColumns`, to be grouped by what they are of. Arrays compare element by
 * element, so that the least of `{timestamp, id, price}` holds the first price and the greatest the last,
 * without any sorting; ids are exact up to 2^53.
 */
export function candleColumns(sql: Sql) {
  return sql`min(ARRAY[timestamp, id, price]) AS first, max(ARRAY[timestamp, id, price]) AS last,
    max(price) AS high, min(price) AS low, count(*)::bigint AS count`;
}

/** Whether a row may go into a candle: what the feed would not show, no chart shows. */
export function isPoint(sql: Sql) {
  return sql`(${usableRows(sql, "stock_prices")}
    AND length(symbol) BETWEEN 1 AND 32 AND length(source) BETWEEN 1 AND 32)`;
}

/**
 * Rows that were committed since `cursor`, `rowsMax` of the later transactions and all that share the
 * last one's, with their `txid`. The cost is that of these rows alone.
 *
 * Rows of a dump bear ids of transactions that are yet to come here. They were there at the beginning,
 * and are none of these.
 */
export function unseenRows(
  sql: Sql,
  cursor: ReadCursor,
  beginning: Beginning,
  rowsMax: number,
) {
  const columns = sql`txid, ${pointColumns(sql)}, ${isPoint(sql)} AS usable`;
  return sql`
    (SELECT ${columns} FROM stock_prices
      WHERE txid >= ${cursor.nextTransaction}::text::xid8
        AND txid < pg_snapshot_xmax(pg_current_snapshot())
        AND NOT ${isRestored(sql, beginning)}
      ORDER BY txid FETCH FIRST ${sql.unsafe(String(rowsMax))} ROWS WITH TIES)
    UNION ALL
    SELECT ${columns} FROM stock_prices
    WHERE txid = ANY (${arrayLiteral(cursor.openTransactions)}::text::xid8[])`;
}

/** Whether a row was there at the beginning. */
export function wasThere(sql: Sql, beginning: Beginning) {
  return sql`(pg_visible_in_snapshot(txid, ${beginning.snapshot}::text::pg_snapshot)
    OR ${isRestored(sql, beginning)})`;
}

/** Whether candles from another cluster lack a row; all lack all where none came. */
export function isLacking(sql: Sql, carried: Carried | undefined) {
  if (carried === undefined) return sql`true`;
  const { cursor: { nextTransaction, openTransactions }, since, until } = carried;
  return sql`(inserted_at >= ${until}::text::timestamptz
    OR (txid >= ${nextTransaction}::text::xid8 AND inserted_at >= ${since}::text::timestamptz)
    OR txid = ANY (${arrayLiteral(openTransactions)}::text::xid8[]))`;
}

function isRestored(sql: Sql, beginning: Beginning) {
  return sql`(txid >= pg_snapshot_xmax(${beginning.snapshot}::text::pg_snapshot)
    AND inserted_at < ${beginning.startedAt}::text::timestamptz)`;
}
