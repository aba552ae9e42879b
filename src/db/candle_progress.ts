import * as v from "valibot";
import type { Queries } from "./client.ts";
import type { Beginning } from "./candle_sql.ts";
import type { ReadCursor } from "./price_store.ts";

/** Up to where the table of prices has gone into the candles. */
export interface CandleProgress {
  readonly version: string;
  readonly cursor: ReadCursor;
  readonly beginning: Beginning;
  /** Whether the rows that were there at the beginning are all in. */
  readonly filled: boolean;
  /** Of those, the ones from this id on are in. */
  readonly fillBeforeId: string;
  /** Whether another server keeps the candles at present. */
  readonly isHeldByAnother: boolean;
  /** Whether Postgres has never come as far as the cursor: the database was restored from elsewhere. */
  readonly isFromElsewhere: boolean;
}

const digits = v.pipe(v.string(), v.digits());

/** One row, in the words of `progressColumns`. */
export const progressSchema = v.pipe(
  v.object({
    version: digits,
    nextTransaction: digits,
    openTransactions: v.pipe(
      v.string(),
      v.transform((list) => list === "" ? [] : list.split(",")),
      v.array(digits),
    ),
    snapshot: v.string(),
    startedAt: v.string(),
    filled: v.boolean(),
    fillBeforeId: v.string(),
    isHeldByAnother: v.boolean(),
    isFromElsewhere: v.boolean(),
  }),
  v.transform(({ nextTransaction, openTransactions, snapshot, startedAt, ...rest }) => ({
    ...rest,
    cursor: { nextTransaction, openTransactions },
    beginning: { snapshot, startedAt },
  })),
);

/**
 * Reads the progress; undefined when nobody has begun.
 *
 * @param holder who asks
 * @throws the driver's error when there is no such table, or it may not be read
 */
export async function readCandleProgress(
  database: Queries,
  holder: string,
  deadlineMs: number,
): Promise<CandleProgress | undefined> {
  const [row] = await database.query("read the progress of the candles", deadlineMs, (sql) =>
    sql`
      SELECT version::text, next_transaction::text AS "nextTransaction",
        array_to_string(open_transactions, ',') AS "openTransactions",
        fill_snapshot::text AS snapshot, started_at::text AS "startedAt", filled,
        fill_before_id::text AS "fillBeforeId",
        holder <> ${holder} AND held_until > clock_timestamp() AS "isHeldByAnother",
        next_transaction > pg_snapshot_xmax(pg_current_snapshot()) AS "isFromElsewhere"
      FROM quotewire_candle_progress`);
  return row === undefined ? undefined : v.parse(progressSchema, row);
}
