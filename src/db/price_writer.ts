import postgres from "postgres";
import { arrayLiteral } from "./array_literal.ts";
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
   * `(timestamp, id)`, so a repeated batch ends with the same prices.
   *
   * @param rows at most `PRICE_ROWS_MAX`
   * @param deadlineMs for each statement
   * @throws {DeadlineError} when Postgres takes longer
   * @throws the driver's error when Postgres cannot be reached or cannot write now
   */
  async write(rows: readonly NewPriceRow[], deadlineMs: number): Promise<RefusedRow[]> {
    try {
      await this.#insert(rows, deadlineMs);
      return [];
    } catch (error) {
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
