import * as v from "valibot";
import { candleColumns, isPoint, KEPT_WIDTHS_SECONDS } from "./candle_sql.ts";
import { isLacking, pointColumns, unseenRows, wasThere } from "./candle_sql.ts";
import { type CandleProgress, readCandleProgress } from "./candle_progress.ts";
import type { Fragment, Queries, Sql } from "./client.ts";
import { planAnew } from "./plan_anew.ts";

/** How a step of keeping candles ended. */
export type StepResult =
  /** Rows were taken; `isMore` says whether there are more right now. */
  | { readonly kind: "taken"; readonly rows: number; readonly isMore: boolean }
  /** Another server keeps the candles, or was quicker. */
  | { readonly kind: "left" };

/** Bounds of one statement. */
export interface CandleWriterLimits {
  /** New rows; more only where one transaction wrote more. */
  readonly rowsMax: number;
  /** Rows that were there before. */
  readonly fillRowsMax: number;
}

const LIMITS: CandleWriterLimits = { rowsMax: 50_000, fillRowsMax: 20_000 };
const READ_DEADLINE_MS = 5000;
/** One transaction may have loaded very many rows. */
const STEP_DEADLINE_MS = 300_000;
/** A server that is gone leaves the candles to others after this long. */
const HOLD_SECONDS = 10;

const stepSchema = v.object({ scanned: v.number(), isClaimed: v.boolean() });

/**
 * Keeps the candles of minutes, quarters, hours and days in `quotewire_candles`, each row of `stock_prices` taken
 * exactly once: the statement that adds rows to candles moves the cursor along, and does nothing at all
 * when another server has moved it before. So it may be ended anywhere, run by several servers at once,
 * and repeated.
 *
 * A candle takes rows in any order and never asks for those that it has: late rows change old candles,
 * and those whose rows were pruned keep what they have. Columns are merged by `least`, `greatest` and
 * `+`, see `candleColumns`.
 */
export class CandleWriter {
  readonly #database: Queries;
  readonly #limits: CandleWriterLimits;
  readonly #holder = crypto.randomUUID();

  constructor(database: Queries, limits: CandleWriterLimits = LIMITS) {
    this.#database = database;
    this.#limits = limits;
  }

  /**
   * Takes what is new, and, as long as there are any, some of the rows that were there at the beginning.
   *
   * @throws the driver's error, or `DeadlineError`; nothing was taken then, or all of one of the two
   */
  async step(): Promise<StepResult> {
    const progress = await readCandleProgress(this.#database, this.#holder, READ_DEADLINE_MS);
    if (progress === undefined || progress.isFromElsewhere) {
      await this.#begin();
      return { kind: "taken", rows: 0, isMore: true };
    }
    if (progress.isHeldByAnother) return { kind: "left" };
    const fresh = await this.#takeNew(progress);
    if (!fresh.isClaimed && fresh.scanned > 0) return { kind: "left" };
    const isMore = fresh.scanned >= this.#limits.rowsMax;
    if (progress.filled || isMore) return { kind: "taken", rows: fresh.scanned, isMore };
    const version = BigInt(progress.version) + (fresh.isClaimed ? 1n : 0n);
    const old = await this.#fill(progress, String(version));
    if (!old.isClaimed) return { kind: "left" };
    return { kind: "taken", rows: fresh.scanned + old.scanned, isMore: true };
  }

  /** Makes the statistics of the candles, once there are any: without them Postgres reads too many. */
  async analyze(): Promise<void> {
    await this.#database.query(
      "analyze quotewire_candles",
      STEP_DEADLINE_MS,
      (sql) => sql`ANALYZE quotewire_candles`,
    );
  }

  /**
   * Draws the line between rows that are there and rows that come, in a snapshot of its own. Candles that
   * came with a restored database stay, and what they have is remembered; those that were not whole yet
   * go. Where another server was quicker, nothing is done.
   */
  async #begin(): Promise<void> {
    await this.#database.query("begin the candles", STEP_DEADLINE_MS, (sql) =>
      sql`
        WITH begun AS (
          INSERT INTO quotewire_candle_progress AS kept
            (next_transaction, open_transactions, fill_snapshot, started_at)
          VALUES (
            pg_snapshot_xmax(pg_current_snapshot()),
            ARRAY(SELECT pg_snapshot_xip(pg_current_snapshot())),
            pg_current_snapshot(),
            statement_timestamp()
          )
          ON CONFLICT (one) DO UPDATE SET
            carried_next = CASE WHEN kept.filled THEN kept.next_transaction END,
            carried_open = kept.open_transactions,
            carried_since = kept.started_at,
            carried_until = kept.held_until - make_interval(secs => ${HOLD_SECONDS}),
            next_transaction = excluded.next_transaction,
            open_transactions = excluded.open_transactions,
            fill_snapshot = excluded.fill_snapshot,
            started_at = excluded.started_at,
            fill_before_id = excluded.fill_before_id,
            filled = false,
            version = kept.version + 1,
            held_until = '-infinity'
          WHERE kept.next_transaction > excluded.next_transaction
          RETURNING carried_next
        )
        DELETE FROM quotewire_candles WHERE EXISTS (SELECT FROM begun WHERE carried_next IS NULL)`);
  }

  async #takeNew({ cursor, beginning, version }: CandleProgress) {
    const { rowsMax } = this.#limits;
    const [found] = await this.#database.query("take new rows", STEP_DEADLINE_MS, (sql) =>
      sql`
        WITH point AS MATERIALIZED (${unseenRows(sql, cursor, beginning, rowsMax)}),
        reach AS (
          -- The rows of the last transaction that was scanned are all there, see WITH TIES.
          SELECT count(*)::int AS scanned,
            CASE WHEN count(*) FILTER (WHERE txid >= ${cursor.nextTransaction}::text::xid8) < ${rowsMax}::int
              THEN pg_snapshot_xmax(pg_current_snapshot())
              ELSE (max(txid)::text::numeric + 1)::text::xid8 END AS next
          FROM point
        ),
        claim AS (
          UPDATE quotewire_candle_progress SET
            next_transaction = reach.next,
            open_transactions = ARRAY(
              SELECT id FROM pg_snapshot_xip(pg_current_snapshot()) AS id WHERE id < reach.next
            ),
            ${this.#claim(sql)}
          FROM reach
          WHERE version = ${version}::text::bigint AND reach.scanned > 0
          RETURNING version
        ),
        stored AS (${storeCandles(sql, sql`usable`)})
        SELECT reach.scanned, EXISTS (SELECT FROM claim) AS "isClaimed" FROM reach
        WHERE ${planAnew(sql)}`);
    return v.parse(stepSchema, found);
  }

  async #fill({ beginning, carried, fillBeforeId }: CandleProgress, version: string) {
    const [found] = await this.#database.query("take old rows", STEP_DEADLINE_MS, (sql) =>
      sql`
        WITH point AS MATERIALIZED (
          SELECT ${pointColumns(sql)}, stock_prices.id AS exact_id,
            ${isPoint(sql)} AND ${wasThere(sql, beginning)} AND ${isLacking(sql, carried)} AS usable
          FROM stock_prices
          WHERE id < ${fillBeforeId}::text::bigint
          ORDER BY stock_prices.id DESC
          FETCH FIRST ${sql.unsafe(String(this.#limits.fillRowsMax))} ROWS WITH TIES
        ),
        reach AS (SELECT count(*)::int AS scanned, min(exact_id) AS before_id FROM point),
        claim AS (
          UPDATE quotewire_candle_progress SET
            fill_before_id = coalesce(reach.before_id, fill_before_id),
            filled = reach.scanned = 0,
            ${this.#claim(sql)}
          FROM reach
          WHERE version = ${version}::text::bigint
          RETURNING version
        ),
        stored AS (${storeCandles(sql, sql`usable`)})
        SELECT reach.scanned, EXISTS (SELECT FROM claim) AS "isClaimed" FROM reach`);
    return v.parse(stepSchema, found);
  }

  #claim(sql: Sql) {
    return sql`version = version + 1, holder = ${this.#holder},
      held_until = clock_timestamp() + make_interval(secs => ${HOLD_SECONDS})`;
  }
}

/** Merges the rows of `point` into candles of every kept length, if there is a `claim`. */
function storeCandles(sql: Sql, condition: Fragment) {
  const widths = sql.unsafe(KEPT_WIDTHS_SECONDS.map((width) => `(${width})`).join(", "));
  return sql`
    INSERT INTO quotewire_candles AS kept
      (symbol, source, width, time, first, last, high, low, count)
    SELECT symbol, source, width, (floor(timestamp / width) * width)::bigint AS time,
      ${candleColumns(sql)}
    FROM claim CROSS JOIN (VALUES ${widths}) AS level (width) CROSS JOIN point
    WHERE ${condition}
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (symbol, source, width, time) DO UPDATE SET
      first = least(kept.first, excluded.first),
      last = greatest(kept.last, excluded.last),
      high = greatest(kept.high, excluded.high),
      low = least(kept.low, excluded.low),
      count = kept.count + excluded.count`;
}
