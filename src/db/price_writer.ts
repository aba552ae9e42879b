import postgres from "postgres";
import { arrayLiteral } from "./array_literal.ts";
import { DeadlineError } from "../errors.ts";
import type { Database } from "./client.ts";

/** One row for `stock_prices`, as any writer states it; Postgres adds id, insert time and transaction. */
export interface NewPriceRow {
  /** 1 to 32 characters. */
  readonly symbol: string;
  /** Finite and above 0. */
  readonly price: number;
  /** Who reported the price, 1 to 32 characters. */
  readonly source: string;
  /** When the price was valid, in unix seconds; a safe integer. */
  readonly timestamp: number;
}

/** A row that the table will not take, however often it is sent. */
export interface RefusedRow {
  readonly row: NewPriceRow;
  readonly reason: string;
}

/** Rows in one statement at most: beyond it the rate no longer grows, and a retry costs more. */
export const PRICE_ROWS_MAX = 5000;

/** Appends rows to `stock_prices`, many with each statement. */
export class PriceWriter {
  readonly #database: Database;
  /** Whether a statement of ours may still run on the server, with nobody waiting for its answer. */
  #abandoned = false;

  /** @param database for this writer alone, under an application name that no other process uses */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Writes rows so that their ids ascend in the order given, and returns those that the table refused.
   * One bad row makes Postgres refuse its whole statement; the statement is then halved until the bad
   * row stands alone, and all the others are written.
   *
   * When it throws, any part of the rows may have been written, because an answer can be lost on its
   * way back. Writing them again is safe: the copies carry the same timestamps, and readers order by
   * `(timestamp, id)`, so a repeated batch ends with the same prices. A statement that passed its
   * deadline is ended on the server before the next write, lest it commits old prices after newer ones,
   * or waits behind a lock together with all its repetitions.
   *
   * @param rows at most `PRICE_ROWS_MAX`
   * @param deadlineMs for each statement
   * @throws {DeadlineError} when Postgres takes longer
   * @throws the driver's error when Postgres cannot be reached or cannot write now
   */
  async write(rows: readonly NewPriceRow[], deadlineMs: number): Promise<RefusedRow[]> {
    try {
      if (this.#abandoned) await this.#endAbandoned(deadlineMs);
      await this.#insert(rows, deadlineMs);
      return [];
    } catch (error) {
      if (error instanceof DeadlineError) this.#abandoned = true;
      if (!isRefusal(error)) throw error;
      const [row] = rows;
      if (row === undefined) throw error;
      if (rows.length === 1) return [{ row, reason: error.message }];
    }
    const middle = rows.length >> 1;
    return [
      ...await this.write(rows.slice(0, middle), deadlineMs),
      ...await this.write(rows.slice(middle), deadlineMs),
    ];
  }

  /**
   * By a statement of its own, because the driver's `cancel` throws where nobody can catch it when the
   * server is out of reach (measured with postgres.js 3.4.9), and a connection that is merely closed
   * lets its statement run on.
   */
  async #endAbandoned(deadlineMs: number): Promise<void> {
    await this.#database.query("end abandoned writes", deadlineMs, (sql) =>
      sql`
        select pg_terminate_backend(pid)
        from pg_stat_activity
        where application_name = current_setting('application_name')
          and usename = current_user
          and pid <> pg_backend_pid()`);
    this.#abandoned = false;
  }

  async #insert(rows: readonly NewPriceRow[], deadlineMs: number): Promise<void> {
    const symbols = arrayLiteral(rows.map((row) => row.symbol));
    const prices = arrayLiteral(rows.map((row) => row.price));
    const sources = arrayLiteral(rows.map((row) => row.source));
    const timestamps = arrayLiteral(rows.map((row) => row.timestamp));
    await this.#database.query(`write ${rows.length} prices`, deadlineMs, (sql) =>
      sql`
        insert into stock_prices (symbol, price, source, timestamp)
        select symbol, price, source, timestamp
        from unnest(
          ${symbols}::text::text[],
          ${prices}::text::float8[],
          ${sources}::text::text[],
          ${timestamps}::text::bigint[]
        ) with ordinality as tick (symbol, price, source, timestamp, position)
        order by position`);
  }
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation) blame the row itself. */
function isRefusal(error: unknown): error is postgres.PostgresError {
  return error instanceof postgres.PostgresError && /^2[23]/.test(error.code);
}
