import * as v from "valibot";
import { arrayLiteral } from "./array_literal.ts";
import type { Database, Fragment, Sql } from "./client.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import { planAnew } from "./plan_anew.ts";
import { usableRows } from "./usable_rows.ts";

/** One row of `stock_prices` that has passed validation; a `Quote` but for the day's first price. */
export interface PriceRow {
  readonly symbol: string;
  readonly source: string;
  readonly price: number;
  readonly timestamp: number;
  readonly id: number;
  readonly timeMs: number;
}

/** A row together with the first price of its UTC day; `null` where that cannot be used. */
export interface OpenedPriceRow extends PriceRow {
  readonly open: number | null;
}

/**
 * The point up to which the table has been read: what the read's own Postgres snapshot could not see.
 * Ids and timestamps cannot say that, because they are handed out before commit.
 */
export interface ReadCursor {
  /** First transaction id that had not begun: this one and all later are unread. */
  readonly nextTransaction: string;
  /** Earlier transactions that were still open: unread too, whenever they commit. */
  readonly openTransactions: readonly string[];
}

/** A point in one server's count of transactions, which means nothing to another. */
export interface ServerCursor extends ReadCursor {
  /** Which server it was, and by which connections: after a crash one may count some transactions again. */
  readonly server: string;
}

/** What `changesSince` found. */
export type Changes =
  | { readonly kind: "rows"; readonly rows: readonly PriceRow[]; readonly cursor: ServerCursor }
  /** More rows than one read may take: `newest` is the cheaper way to catch up. */
  | { readonly kind: "too_many" }
  /** Perhaps not the server of the cursor: `newest` alone tells what it has. */
  | { readonly kind: "other_server" };

/** The trigger that announces inserts on `PRICES_CHANNEL`; migrations/ creates it. */
const PRICES_TRIGGER = "quotewire_stock_prices_inserted";

const READ_DEADLINE_MS = 5000;
const NEWEST_DEADLINE_MS = 30_000;
/** Rows that one read of changes may scan; past it a loose index scan costs less. */
const CHANGED_ROWS_MAX = 50_000;
/** Rows of history that the first read may fetch, over all symbols and sources. */
const HISTORY_ROWS_MAX = 200_000;
const DAY_SECONDS = 86_400;
/** A writer that is wrong once is wrong with each row. */
const LEFT_OUT_LOG_INTERVAL_MS = 60_000;

const log = logger("db");

const rowEntries = {
  symbol: v.pipe(v.string(), v.minLength(1), v.maxLength(32)),
  source: v.pipe(v.string(), v.minLength(1), v.maxLength(32)),
  price: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  timestamp: v.pipe(v.number(), v.safeInteger()),
  id: v.pipe(v.number(), v.safeInteger()),
  timeMs: v.pipe(v.number(), v.finite()),
};
const rowSchema = v.object(rowEntries);
const openedRowSchema = v.object({ ...rowEntries, open: v.nullable(rowEntries.price) });
const transactionId = v.pipe(v.string(), v.digits());
const cursorSchema = v.object({
  startedAt: v.string(),
  nextTransaction: transactionId,
  openTransactions: v.pipe(
    v.string(),
    v.transform((list) => list === "" ? [] : list.split(",")),
    v.array(transactionId),
  ),
});
const changesHeadSchema = v.object({
  ...cursorSchema.entries,
  scanned: v.number(),
  leftOut: v.number(),
});
const openingSchema = v.object({
  symbol: v.string(),
  source: v.string(),
  open: rowEntries.price,
});

/** Reads `stock_prices`: the only place that selects from it for the feed. */
export class PriceStore {
  readonly #database: Database;
  readonly #onLeftOut: (rows: number) => void;
  readonly #invalid = new LineLimit({
    log,
    level: "warn",
    of: "db_row_invalid",
    ...FEW_LINES,
  });
  #leftOut = 0;
  #leftOutLoggedAtMs = -Infinity;

  /** @param onLeftOut told of new rows that break the table's rules, after the read that found them */
  constructor(database: Database, onLeftOut: (rows: number) => void = () => {}) {
    this.#database = database;
    this.#onLeftOut = onLeftOut;
  }

  /**
   * The newest rows of every symbol and source, and the cursor from which to go on. Finds the symbols
   * by a loose index scan (one probe each; the Postgres wiki has the pattern), so that the cost depends
   * on their number and not on the table's size.
   *
   * @param depth newest rows per symbol and source, oldest first; fewer when there are very many symbols
   */
  async newest(depth: number): Promise<{ rows: OpenedPriceRow[]; cursor: ServerCursor }> {
    const { connections } = this.#database;
    const found = await this.#database.query(
      "read the newest prices",
      NEWEST_DEADLINE_MS,
      (sql) =>
        sql`
        WITH RECURSIVE pair AS (
          (SELECT symbol, source FROM stock_prices ORDER BY symbol, source LIMIT 1)
          UNION ALL
          SELECT next.symbol, next.source
          FROM pair, LATERAL (
            SELECT symbol, source FROM stock_prices
            WHERE (symbol, source) > (pair.symbol, pair.source)
            ORDER BY symbol, source LIMIT 1
          ) next
        ),
        depth AS MATERIALIZED (
          SELECT greatest(1, least(${depth}::int, ${HISTORY_ROWS_MAX}::int / greatest(1, count(*)))) AS rows
          FROM pair
        )
        SELECT cursor.*, price.*
        FROM (${cursorColumns(sql)}) cursor
        LEFT JOIN (
          SELECT row.*, pair.open
          FROM (
            SELECT pair.symbol, pair.source, newest, opening.price AS open
            FROM pair
            CROSS JOIN LATERAL (${newestRows(sql, sql`1`)}) newest
            LEFT JOIN LATERAL (${openingRow(sql, sql`pair`, sql`newest.timestamp`)}) opening ON true
            WHERE newest.symbol = pair.symbol AND newest.source = pair.source
              AND length(pair.symbol) BETWEEN 1 AND 32 AND length(pair.source) BETWEEN 1 AND 32
            -- Once for each pair, and not for each row of its history.
            OFFSET 0
          ) pair
          CROSS JOIN LATERAL (
            ${depth === 1 ? sql`SELECT (pair.newest).*` : historyRows(sql)}
          ) row
          WHERE row.symbol = pair.symbol AND row.source = pair.source
        ) price ON true
        WHERE ${planAnew(sql)}
        ORDER BY price.timestamp, price.id`,
    );
    return {
      rows: this.#parseRows(found, openedRowSchema),
      cursor: cursorOf(v.parse(cursorSchema, found[0]), connections),
    };
  }

  /**
   * The newest of the rows that were committed since the read that returned `cursor`, one per symbol
   * and source, as long as the same server answers. Every row is seen by exactly one read, however late
   * its transaction commits, and the cost depends on the new rows alone.
   */
  async changesSince(cursor: ServerCursor): Promise<Changes> {
    const { connections } = this.#database;
    const found = await this.#database.query("read new prices", READ_DEADLINE_MS, (sql) =>
      sql`
        WITH fresh AS MATERIALIZED (
          -- ORDER BY with LIMIT keeps the planner on the index even before the first ANALYZE.
          -- The upper bound leaves out rows restored from a dump, whose transactions are yet to come here.
          (SELECT * FROM stock_prices
            WHERE txid >= ${cursor.nextTransaction}::text::xid8
              AND txid < pg_snapshot_xmax(pg_current_snapshot())
            ORDER BY txid LIMIT ${CHANGED_ROWS_MAX + 1})
          UNION ALL
          SELECT * FROM stock_prices
          WHERE txid = ANY (${arrayLiteral(cursor.openTransactions)}::text::xid8[])
        )
        SELECT cursor.*, price.*,
          (SELECT count(*)::int FROM fresh) AS scanned,
          (SELECT count(*)::int FROM fresh
            WHERE (${readableRows(sql, "fresh")}) IS NOT TRUE) AS "leftOut"
        FROM (${cursorColumns(sql)}) cursor
        LEFT JOIN (
          SELECT DISTINCT ON (symbol, source) ${rowColumns(sql)}
          FROM fresh AS stock_prices
          WHERE ${readableRows(sql, "stock_prices")}
          ORDER BY symbol, source, stock_prices.timestamp DESC, stock_prices.id DESC
        ) price ON true
        WHERE ${planAnew(sql)}`);
    const head = v.parse(changesHeadSchema, found[0]);
    const next = cursorOf(head, connections);
    if (
      next.server !== cursor.server || this.#database.connections !== connections ||
      isBelow(next, cursor)
    ) return { kind: "other_server" };
    this.#countLeftOut(head.leftOut);
    if (head.scanned > CHANGED_ROWS_MAX) return { kind: "too_many" };
    const rows = this.#parseRows(found, rowSchema);
    const given = found.filter(({ symbol }) => symbol !== null).length;
    if (given > rows.length) this.#onLeftOut(given - rows.length);
    return { kind: "rows", rows, cursor: next };
  }

  #countLeftOut(rows: number): void {
    if (rows === 0) return;
    this.#leftOut += rows;
    this.#onLeftOut(rows);
    const nowMs = performance.now();
    if (nowMs - this.#leftOutLoggedAtMs < LEFT_OUT_LOG_INTERVAL_MS) return;
    this.#leftOutLoggedAtMs = nowMs;
    log.warn(
      "Rows left out: timestamp must be in seconds and at most a day ahead of the clock, price positive, " +
        "symbol and source 1 to 32 characters, are not in {rows} since the start",
      { code: "db_rows_left_out", rows: this.#leftOut },
    );
  }

  #parseRows<T extends { symbol: string }>(
    found: readonly Record<string, unknown>[],
    schema: v.GenericSchema<unknown, T>,
  ): T[] {
    const rows: T[] = [];
    for (const candidate of found) {
      if (candidate.symbol === null) continue;
      const result = v.safeParse(schema, candidate);
      if (result.success) rows.push(result.output);
      else if (this.#invalid.take()) {
        log.warn("Row left out: {reason}", {
          code: "db_row_invalid",
          reason: v.summarize(result.issues),
        });
      }
    }
    return rows;
  }

  /** Whether inserts into the table are announced: its trigger is there and switched on. */
  async announcesInserts(): Promise<boolean> {
    const [row] = await this.#database.query("look for the trigger", READ_DEADLINE_MS, (sql) =>
      sql`
        SELECT EXISTS (
          SELECT FROM pg_trigger
          WHERE tgrelid = 'stock_prices'::regclass AND tgname = ${PRICES_TRIGGER}
            AND tgenabled IN ('O', 'A')
        ) AS found`);
    return row?.found === true;
  }

  /**
   * The first price of the UTC day in which each row falls; rows of which none is found are left out.
   * One index probe per row.
   */
  async openingPrices(
    rows: readonly PriceRow[],
  ): Promise<{ symbol: string; source: string; open: number }[]> {
    const found = await this.#database.query("read opening prices", READ_DEADLINE_MS, (sql) =>
      sql`
        SELECT key.symbol, key.source, opening.price AS open
        FROM unnest(
          ${arrayLiteral(rows.map((row) => row.symbol))}::text::text[],
          ${arrayLiteral(rows.map((row) => row.source))}::text::text[],
          ${
        arrayLiteral(rows.map((row) => row.timestamp - row.timestamp % DAY_SECONDS))
      }::text::bigint[]
        ) AS key (symbol, source, timestamp)
        CROSS JOIN LATERAL (${openingRow(sql, sql`key`, sql`key.timestamp`)}) opening
        WHERE opening.price IS NOT NULL AND ${planAnew(sql)}`);
    return found.map((row) => v.parse(openingSchema, row));
  }
}

/**
 * Behind a pooler another server may answer over the same connection, hence the time of its start.
 *
 * @param connections as they were before the read: a pool to another host may be in use after it
 */
function cursorOf(
  { startedAt, nextTransaction, openTransactions }: v.InferOutput<typeof cursorSchema>,
  connections: string,
): ServerCursor {
  return { nextTransaction, openTransactions, server: `${startedAt}, ${connections}` };
}

/** Whether a server counts from lower again, as after a crash behind a pooler, which keeps connections. */
function isBelow(next: ReadCursor, cursor: ReadCursor): boolean {
  return BigInt(next.nextTransaction) < BigInt(cursor.nextTransaction);
}

/**
 * A snapshot's own account of what it cannot see. On a standby Postgres reports no open transactions
 * there (it keeps them apart), so the cursor falls back to the oldest one, and rows are seen twice,
 * which the book's order makes harmless.
 */
function cursorColumns(sql: Sql) {
  return sql`
    SELECT
      CASE WHEN pg_is_in_recovery() THEN pg_snapshot_xmin(pg_current_snapshot())
        ELSE pg_snapshot_xmax(pg_current_snapshot()) END::text AS "nextTransaction",
      CASE WHEN pg_is_in_recovery() THEN ''
        ELSE array_to_string(ARRAY(SELECT pg_snapshot_xip(pg_current_snapshot())), ',')
        END AS "openTransactions",
      extract(epoch FROM pg_postmaster_start_time())::text AS "startedAt"`;
}

/** A usable row whose names a quote can have. */
function readableRows(sql: Sql, table: string) {
  const row = sql(table);
  return sql`${usableRows(sql, table)}
    AND length(${row}.symbol) BETWEEN 1 AND 32 AND length(${row}.source) BETWEEN 1 AND 32`;
}

/** The driver gives bigint as text and cuts timestamptz to a Date, hence the casts. */
function rowColumns(sql: Sql) {
  return sql`symbol::text, source::text, price::float8 AS price, stock_prices.timestamp::float8 AS timestamp,
    stock_prices.id::float8 AS id,
    floor(extract(epoch FROM stock_prices.inserted_at) * 1000)::float8 AS "timeMs"`;
}

/**
 * The newest rows from `pair` on, in the index's order; the caller leaves out those of later pairs.
 * With "=" instead of ">=", and no statistics yet, the planner expects so few rows that it fetches and
 * sorts all rows of the pair: 10 s instead of 50 ms for 750 pairs with 4,000 rows each. See also `usableRows`.
 */
function newestRows(sql: Sql, limit: Fragment, upTo = sql`true`) {
  return sql`
    SELECT ${rowColumns(sql)}
    FROM stock_prices
    WHERE (symbol, source) >= (pair.symbol, pair.source)
      AND ${upTo} AND ${usableRows(sql, "stock_prices")}
    ORDER BY stock_prices.symbol, stock_prices.source,
      stock_prices.timestamp DESC, stock_prices.id DESC
    LIMIT ${limit}`;
}

/**
 * The newest rows of `pair`, as many as `depth` says. Without "<=", a pair of few rows would be read on into
 * those after it, as far as the limit. For one row each it would cost more than it spares: 75 ms instead
 * of 60 for 2,000 pairs.
 */
function historyRows(sql: Sql) {
  const upTo = sql`(symbol, source) <= (pair.symbol, pair.source)`;
  return newestRows(sql, sql`(SELECT rows FROM depth)`, upTo);
}

/**
 * The first price of the UTC day of `timestamp`, or null where that row cannot be used. It is no condition
 * to find another by, for the planner's sake, see above. A time so long ago that no number here holds it
 * is the beginning of time, because its day might begin before bigint does.
 */
function openingRow(sql: Sql, key: Fragment, timestamp: Fragment) {
  return sql`
    SELECT CASE WHEN price > 0 AND price < 'Infinity' THEN price::float8 END AS price
    FROM stock_prices
    WHERE symbol = ${key}.symbol AND source = ${key}.source
      AND stock_prices.timestamp >= (
        floor(greatest(${timestamp}, ${Number.MIN_SAFE_INTEGER}::float8) / ${DAY_SECONDS}) * ${DAY_SECONDS}
      )::bigint
    ORDER BY stock_prices.timestamp, stock_prices.id
    LIMIT 1`;
}
