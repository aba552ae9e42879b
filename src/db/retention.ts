import * as v from "valibot";
import type { Database } from "./client.ts";
import { usableRows } from "./usable_rows.ts";

/** What to delete, and how to follow it. */
export interface PruneOptions {
  /** Rows inserted longer ago than this go. */
  readonly retentionDays: number;
  /** Ends the work after the batch that runs. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch. */
  readonly onProgress?: (progress: PruneProgress) => void;
}

/** How far a prune has come. */
export interface PruneProgress {
  readonly rowsDeleted: number;
  /** Of the table's blocks, from 0 to 1. */
  readonly share: number;
}

/** How a prune ended. */
export interface PruneResult {
  readonly rowsDeleted: number;
  /** False when it was stopped early. */
  readonly finished: boolean;
}

/** 512 KiB, which hold some 7000 rows: a batch then takes some 10 to 50 ms and its locks no longer. */
const BATCH_BLOCKS = 64;
/** Some hold a file. */
const BATCH_MESSAGES = 500;
const BATCH_DEADLINE_MS = 60_000;

const extentSchema = v.object({
  blocks: v.pipe(v.number(), v.safeInteger()),
  cutoff: v.string(),
});

/**
 * Deletes rows that were inserted more than `retentionDays` ago, except for the newest that the feed can
 * show of each symbol and source: however old, it is what a board shows.
 *
 * Goes through the table once from front to back, some blocks at a time, each batch a transaction of its
 * own: so nobody waits for long, an early end loses nothing, and rows are found whatever order they were
 * written in without an index on their time. What is freed is used again for new rows (autovacuum); the
 * file does not shrink. Rows that come in meanwhile are too young to matter.
 *
 * @throws the driver's error, or `DeadlineError`, when a batch fails; what was deleted stays deleted
 */
export async function pruneOldRows(
  database: Database,
  options: PruneOptions,
): Promise<PruneResult> {
  // Without statistics, as after a bulk load, Postgres reads all rows of a symbol to find the newest:
  // a batch then takes 15 s instead of 40 ms (3 million rows, 1500 symbols and sources).
  await database.query(
    "analyze stock_prices",
    BATCH_DEADLINE_MS,
    (sql) => sql`analyze stock_prices`,
  );
  const { blocks, cutoff } = await readExtent(database, options.retentionDays);
  let rowsDeleted = 0;
  for (let block = 0; block < blocks; block += BATCH_BLOCKS) {
    if (options.signal?.aborted) return { rowsDeleted, finished: false };
    rowsDeleted += await deleteBatch(database, block, cutoff);
    options.onProgress?.({ rowsDeleted, share: Math.min(1, (block + BATCH_BLOCKS) / blocks) });
  }
  return { rowsDeleted, finished: true };
}

/**
 * Deletes chat messages that were said more than `retentionDays` ago, oldest first, some at a time as
 * `pruneOldRows` does.
 *
 * @throws the driver's error, or `DeadlineError`, when a batch fails; what was deleted stays deleted
 */
export async function pruneOldMessages(
  database: Database,
  { retentionDays, signal }: PruneOptions,
): Promise<PruneResult> {
  let rowsDeleted = 0;
  while (!signal?.aborted) {
    const deleted = await database.query(
      "delete old chat messages",
      BATCH_DEADLINE_MS,
      (sql) =>
        sql`
        delete from quotewire_chat_messages
        where id in (
          select id from quotewire_chat_messages
          where said_at < clock_timestamp() - make_interval(days => ${retentionDays})
          order by id
          limit ${BATCH_MESSAGES}
        )`,
    );
    rowsDeleted += deleted.count;
    if (deleted.count < BATCH_MESSAGES) {
      await forgetSilentRooms(database, retentionDays);
      return { rowsDeleted, finished: true };
    }
  }
  return { rowsDeleted, finished: false };
}

/** A room in which nobody has spoken for so long has no message left to be above; its row says when it was. */
async function forgetSilentRooms(database: Database, retentionDays: number): Promise<void> {
  await database.query(
    "forget rooms without messages",
    BATCH_DEADLINE_MS,
    (sql) =>
      sql`
      delete from quotewire_chat_rooms
      where ('x' || replace(left(newest::text, 13), '-', ''))::bit(48)::bigint
        < extract(epoch from clock_timestamp() - make_interval(days => ${retentionDays})) * 1000`,
  );
}

/**
 * Deletes the candles of minutes and quarters of an hour that ended more than `retentionDays` ago. Hours and days stay: they are
 * few, and nobody could make them again.
 *
 * @throws the driver's error, or `DeadlineError`, when a batch fails; what was deleted stays deleted
 */
export async function pruneOldCandles(
  database: Database,
  { retentionDays, signal }: PruneOptions,
): Promise<PruneResult> {
  let rowsDeleted = 0;
  const [extent] = await database.query(
    "measure quotewire_candles",
    BATCH_DEADLINE_MS,
    (sql) =>
      sql`
      select (pg_relation_size('quotewire_candles') / current_setting('block_size')::bigint)::float8 as blocks,
        floor(extract(epoch from clock_timestamp()) - ${retentionDays} * 86400.0)::text as cutoff`,
  );
  const { blocks, cutoff } = v.parse(extentSchema, extent);
  for (let block = 0; block < blocks; block += BATCH_BLOCKS) {
    if (signal?.aborted) return { rowsDeleted, finished: false };
    const deleted = await database.query(
      "delete old candles",
      BATCH_DEADLINE_MS,
      (sql) =>
        sql`
        delete from quotewire_candles
        where ctid >= ${`(${block},0)`}::tid and ctid < ${`(${block + BATCH_BLOCKS},0)`}::tid
          and width < 3600 and time + width <= ${cutoff}::text::bigint`,
    );
    rowsDeleted += deleted.count;
  }
  return { rowsDeleted, finished: true };
}

/** The cutoff as text, because a JavaScript date would round it. Postgres' clock wrote the rows. */
async function readExtent(
  database: Database,
  retentionDays: number,
): Promise<v.InferOutput<typeof extentSchema>> {
  const rows = await database.query(
    "measure stock_prices",
    BATCH_DEADLINE_MS,
    (sql) =>
      sql`
      select (pg_relation_size('stock_prices') / current_setting('block_size')::bigint)::float8 as blocks,
        (clock_timestamp() - make_interval(days => ${retentionDays}))::text as cutoff`,
  );
  return v.parse(extentSchema, rows[0]);
}

/** Postgres reads exactly the blocks between the two row addresses (a TID range scan, since 14). */
async function deleteBatch(database: Database, block: number, cutoff: string): Promise<number> {
  const deleted = await database.query("delete old prices", BATCH_DEADLINE_MS, (sql) =>
    sql`
      delete from stock_prices old
      where ctid >= ${`(${block},0)`}::tid and ctid < ${`(${block + BATCH_BLOCKS},0)`}::tid
        and inserted_at < ${cutoff}::text::timestamptz
        and id is distinct from (
          select newest.id from stock_prices newest
          where newest.symbol = old.symbol and newest.source = old.source
            and ${usableRows(sql, "newest")}
          order by newest.timestamp desc, newest.id desc
          limit 1
        )`);
  return deleted.count;
}
