import * as v from "valibot";
import type { Queries } from "./client.ts";
import type { Beginning, Carried } from "./candle_sql.ts";
import type { ReadCursor } from "./price_store.ts";

/** Up to where the table of prices has gone into the candles. */
export interface CandleProgress {
  readonly version: string;
  readonly cursor: ReadCursor;
  readonly beginning: Beginning;
  /** What the candles had already when they came here from another cluster. */
  readonly carried: Carried | undefined;
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
const transactions = v.pipe(
  v.string(),
  v.transform((list) => list === "" ? [] : list.split(",")),
  v.array(digits),
);

/** One row, in the words of `progressColumns`. */
export const progressSchema = v.pipe(
  v.object({
    version: digits,
    nextTransaction: digits,
    openTransactions: transactions,
    snapshot: v.string(),
    startedAt: v.string(),
    carriedNext: v.nullable(digits),
    carriedOpen: transactions,
    carriedSince: v.nullable(v.string()),
    carriedUntil: v.nullable(v.string()),
    filled: v.boolean(),
    fillBeforeId: v.string(),
    isHeldByAnother: v.boolean(),
    isFromElsewhere: v.boolean(),
  }),
  v.transform((row) => ({
    version: row.version,
    filled: row.filled,
    fillBeforeId: row.fillBeforeId,
    isHeldByAnother: row.isHeldByAnother,
    isFromElsewhere: row.isFromElsewhere,
    cursor: { nextTransaction: row.nextTransaction, openTransactions: row.openTransactions },
    beginning: { snapshot: row.snapshot, startedAt: row.startedAt },
    carried: carriedOf(row),
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
        carried_next::text AS "carriedNext", array_to_string(carried_open, ',') AS "carriedOpen",
        carried_since::text AS "carriedSince", carried_until::text AS "carriedUntil",
        holder <> ${holder} AND held_until > clock_timestamp() AS "isHeldByAnother",
        next_transaction > pg_snapshot_xmax(pg_current_snapshot()) AS "isFromElsewhere"
      FROM quotewire_candle_progress`);
  return row === undefined ? undefined : v.parse(progressSchema, row);
}

function carriedOf({ carriedNext, carriedOpen, carriedSince, carriedUntil }: {
  readonly carriedNext: string | null;
  readonly carriedOpen: readonly string[];
  readonly carriedSince: string | null;
  readonly carriedUntil: string | null;
}): Carried | undefined {
  if (carriedNext === null || carriedSince === null || carriedUntil === null) return undefined;
  return {
    cursor: { nextTransaction: carriedNext, openTransactions: carriedOpen },
    since: carriedSince,
    until: carriedUntil,
  };
}
