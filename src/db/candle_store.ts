import * as v from "valibot";
import type { Candle, CandleCoverage, DayRange } from "../price/candle.ts";
import { type Beginning, candleColumns, KEPT_WIDTHS_SECONDS } from "./candle_sql.ts";
import { pointColumns, unseenRows } from "./candle_sql.ts";
import { type CandleProgress, readCandleProgress } from "./candle_progress.ts";
import type { Fragment, Queries, Sql } from "./client.ts";
import { errorCode } from "./connection.ts";
import { planAnew } from "./plan_anew.ts";
import { usableRows } from "./usable_rows.ts";

/** Which candles are wanted. */
export interface CandleQuery {
  readonly symbol: string;
  /** Left out, the prices of all sources make one candle. */
  readonly source: string | undefined;
  readonly widthSeconds: number;
  /** Unix seconds: candles that begin before it, if it is stated. */
  readonly before: number | undefined;
  /** Unix seconds: candles that begin then or later, if it is stated. */
  readonly from: number | undefined;
  /** The newest of them, so many at most. */
  readonly limit: number;
}

/** Candles, oldest first; a stretch without prices has none. */
export interface CandlePage {
  readonly candles: readonly Candle[];
  /** Whether there are older ones within what was asked for. */
  readonly more: boolean;
  readonly coverage: CandleCoverage;
}

/** The first price, highest and lowest of a day of all symbols and sources. */
export interface DayPage {
  readonly days: readonly DayRange[];
  readonly coverage: CandleCoverage;
}

const DEADLINE_MS = 10_000;
/** Rows that came since the candles were last kept; with more than that they are of no use. */
const UNSEEN_ROWS_MAX = 20_000;
/** The candles may be changed between the statement that reads their progress and the next. */
const ATTEMPTS_MAX = 5;
/** Rows from which one answer may be made. */
const RAW_ROWS_MAX = 100_000;
/** Sources of one symbol. */
const SOURCES_MAX = 64;
const DAY_SECONDS = 86_400;

const price = v.pipe(v.number(), v.finite(), v.gtValue(0));
const bars = { open: price, high: price, low: price };
const candleSchema = v.object({
  // A candle may begin below the least safe integer, which the timestamp in it may be.
  time: v.pipe(v.number(), v.integer()),
  ...bars,
  close: price,
  count: v.pipe(v.number(), v.safeInteger()),
  final: v.boolean(),
});
const daySchema = v.object({ symbol: v.string(), source: v.string(), ...bars });
const headSchema = v.object({ unseen: v.number(), version: v.string() });
const rawHeadSchema = v.object({ more: v.boolean() });

/** What could be read from the candles that are kept, or why nothing could. */
type Kept<T> =
  | { readonly kind: "ready"; readonly answer: T }
  | { readonly kind: Exclude<CandleCoverage, "ready"> };

/** An answer from one statement, and what that statement saw of the candles' progress. */
interface Reading<T> {
  readonly head: v.InferOutput<typeof headSchema>;
  readonly answer: T;
}

/**
 * Reads candles: long ones from those that are kept and the rows that are not in them yet, so that the
 * answer is exact at the moment of the statement; short ones from the rows themselves. What is read
 * depends on how many candles are asked for, and on how many prices came in the last seconds or lie
 * within a bounded stretch of time, never on the size of the table.
 */
export class CandleStore {
  readonly #database: Queries;
  readonly #unseenRowsMax: number;

  /** @param unseenRowsMax for tests that cannot write as many */
  constructor(database: Queries, unseenRowsMax = UNSEEN_ROWS_MAX) {
    this.#database = database;
    this.#unseenRowsMax = unseenRowsMax;
  }

  /** The newest candles that `query` asks for. @throws the driver's error, or `DeadlineError` after 10 s */
  async candles(query: CandleQuery): Promise<CandlePage> {
    const level = KEPT_WIDTHS_SECONDS.findLast((width) => width <= query.widthSeconds);
    if (level === undefined) return await this.#fromRows(query, "ready");
    const kept = await this.#kept((progress) => this.#fromKept(query, level, progress));
    return kept.kind === "ready" ? kept.answer : await this.#fromRows(query, kept.kind);
  }

  /** The day that `now` falls in. @throws as `candles` does */
  async days(nowSeconds: number): Promise<DayPage> {
    const time = nowSeconds - nowSeconds % DAY_SECONDS;
    const kept = await this.#kept((progress) => this.#daysFromKept(time, progress));
    return kept.kind === "ready"
      ? { days: kept.answer, coverage: "ready" }
      : { days: await this.#daysFromRows(time), coverage: kept.kind };
  }

  /**
   * Reads by means of the candles that are kept. Rows that are not in them yet have to be those of the
   * same moment: what was read while the candles moved on is read again.
   */
  async #kept<T>(read: (progress: CandleProgress) => Promise<Reading<T>>): Promise<Kept<T>> {
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
        const progress = await readCandleProgress(this.#database, "", DEADLINE_MS);
        if (progress === undefined || progress.isFromElsewhere) return { kind: "absent" };
        if (!progress.filled) return { kind: "filling" };
        const { head, answer } = await read(progress);
        if (head.version !== progress.version) continue;
        return head.unseen > this.#unseenRowsMax ? { kind: "behind" } : { kind: "ready", answer };
      }
      return { kind: "behind" };
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
      return { kind: "absent" };
    }
  }

  async #fromKept(
    { symbol, source, widthSeconds: width, before, from, limit }: CandleQuery,
    level: number,
    { cursor, beginning }: CandleProgress,
  ): Promise<Reading<CandlePage>> {
    const partsMax = (limit + 1) * (width / level);
    const until = before === undefined
      ? Number.MAX_SAFE_INTEGER
      : Math.ceil(before / width) * width;
    const since = from === undefined ? Number.MIN_SAFE_INTEGER : Math.ceil(from / width) * width;
    const found = await this.#database.query("read candles", DEADLINE_MS, (sql) => {
      const inTime = sql`time >= ${since}::bigint AND time < ${until}::bigint`;
      return sql`
        WITH RECURSIVE ${this.#unseen(sql, cursor, beginning)},
        ${sourcesOf(sql, symbol, source)},
        part AS (
          SELECT kept.* FROM source CROSS JOIN LATERAL (
            SELECT time::float8 AS time, first, last, high, low, count FROM quotewire_candles
            WHERE symbol = ${symbol} AND source = source.name AND width = ${level} AND ${inTime}
            ORDER BY quotewire_candles.time DESC LIMIT ${partsMax}
          ) kept
          UNION ALL
          SELECT * FROM (
            SELECT floor(timestamp / ${level}) * ${level} AS time, ${candleColumns(sql)}
            FROM unseen WHERE usable AND symbol = ${symbol}
              AND (${source ?? null}::text IS NULL OR source = ${source ?? null})
            GROUP BY 1
          ) fresh WHERE ${inTime}
        ),
        candle AS (
          SELECT floor(time / ${width}) * ${width} AS time, min(first) AS first, max(last) AS last,
            max(high) AS high, min(low) AS low, sum(count)::float8 AS count
          FROM part GROUP BY 1
        )
        SELECT ${headColumns(sql)}, candle.*
        FROM (SELECT 1) one LEFT JOIN (
          SELECT ${answerColumns(sql, width)} FROM candle ORDER BY time DESC LIMIT ${limit + 1}
        ) candle ON true
        WHERE ${planAnew(sql)}`;
    });
    const candles = parseCandles(found);
    const more = candles.length > limit;
    return {
      head: v.parse(headSchema, found[0]),
      answer: { candles: oldestFirst(candles, limit), more, coverage: "ready" },
    };
  }

  /**
   * From rows alone: back from the newest that is wanted, over as much time as the candles have together
   * or as has a row for each, and over so many rows at most. So a page may hold fewer candles than were
   * asked for and yet not be the last.
   */
  async #fromRows(
    { symbol, source, widthSeconds: width, before, from, limit }: CandleQuery,
    coverage: CandleCoverage,
  ): Promise<CandlePage> {
    const soon = Math.ceil(Date.now() / 1000) + DAY_SECONDS;
    const until = Math.min(Math.ceil((before ?? soon) / width) * width, soon);
    const since = from === undefined ? Number.MIN_SAFE_INTEGER : Math.ceil(from / width) * width;
    const found = await this.#database.query("read prices of candles", DEADLINE_MS, (sql) =>
      sql`
        WITH RECURSIVE ${sourcesOf(sql, symbol, source)},
        ${rowWindow(sql, { symbol, width, until, since, limit })},
        candle AS (
          SELECT floor(timestamp / ${width}) * ${width} AS time, ${candleColumns(sql)}
          FROM point GROUP BY 1
        ),
        -- Of a source that has more rows than fit, the oldest candle is not whole.
        cut AS (
          SELECT max(oldest) AS time FROM (
            SELECT floor(min(timestamp) / ${width}) * ${width} AS oldest, count(*) AS rows
            FROM point GROUP BY source
          ) ofSource WHERE rows >= (SELECT rows FROM rows_each)
        )
        SELECT
          (SELECT time FROM cut) IS NOT NULL OR EXISTS (
            SELECT FROM source, stretch WHERE EXISTS (
              SELECT FROM stock_prices
              WHERE symbol = ${symbol} AND source = source.name
                AND stock_prices.timestamp >= ${since}::bigint
                AND stock_prices.timestamp < stretch.since)
          ) AS more, candle.*
        FROM (SELECT 1) one LEFT JOIN (
          SELECT ${answerColumns(sql, width)} FROM candle
          WHERE time > coalesce((SELECT time FROM cut), '-Infinity')
            OR time = (SELECT max(time) FROM candle)
          ORDER BY time DESC
        ) candle ON true
        WHERE ${planAnew(sql)}`);
    const { more } = v.parse(rawHeadSchema, found[0]);
    const candles = parseCandles(found);
    return {
      candles: oldestFirst(candles, limit),
      more: more || candles.length > limit,
      coverage,
    };
  }

  async #daysFromKept(
    time: number,
    { cursor, beginning }: CandleProgress,
  ): Promise<Reading<DayRange[]>> {
    const found = await this.#database.query("read the day", DEADLINE_MS, (sql) =>
      sql`
        WITH ${this.#unseen(sql, cursor, beginning)},
        part AS (
          SELECT symbol, source, first, high, low FROM quotewire_candles
          WHERE width = 86400 AND time = ${time}::bigint
          UNION ALL
          SELECT symbol, source, ARRAY[timestamp, id, price], price, price FROM unseen
          WHERE usable AND timestamp >= ${time} AND timestamp < ${time + DAY_SECONDS}
        )
        SELECT ${headColumns(sql)}, day.*
        FROM (SELECT 1) one LEFT JOIN (
          SELECT symbol, source, (min(first))[3] AS open, max(high) AS high, min(low) AS low
          FROM part GROUP BY symbol, source
        ) day ON true
        WHERE ${planAnew(sql)}`);
    return { head: v.parse(headSchema, found[0]), answer: parseDays(found) };
  }

  /** Reads every row of the day: only where there is no other way. */
  async #daysFromRows(time: number): Promise<DayRange[]> {
    const found = await this.#database.query("read the day's prices", DEADLINE_MS, (sql) =>
      sql`
        WITH RECURSIVE pair AS (
          (SELECT symbol, source FROM stock_prices ORDER BY symbol, source LIMIT 1)
          UNION ALL
          SELECT next.symbol, next.source FROM pair, LATERAL (
            SELECT symbol, source FROM stock_prices
            WHERE (symbol, source) > (pair.symbol, pair.source)
            ORDER BY symbol, source LIMIT 1
          ) next
        )
        SELECT day.* FROM pair CROSS JOIN LATERAL (
          SELECT symbol, source, (min(ARRAY[timestamp, id, price]))[3] AS open,
            max(price) AS high, min(price) AS low
          FROM (
            SELECT ${pointColumns(sql)} FROM stock_prices
            WHERE symbol = pair.symbol AND source = pair.source
              AND stock_prices.timestamp >= ${time}::bigint
              AND stock_prices.timestamp < ${time + DAY_SECONDS}::bigint
              AND ${usableRows(sql, "stock_prices")}
          ) point GROUP BY symbol, source
        ) day
        WHERE length(pair.symbol) BETWEEN 1 AND 32 AND length(pair.source) BETWEEN 1 AND 32
          AND ${planAnew(sql)}`);
    return parseDays(found);
  }

  #unseen(sql: Sql, cursor: CandleProgress["cursor"], beginning: Beginning) {
    return sql`unseen AS MATERIALIZED (${
      unseenRows(sql, cursor, beginning, this.#unseenRowsMax + 1)
    })`;
  }
}

/** The sources that a symbol has rows from, one index probe each; or the one that was asked for. */
function sourcesOf(sql: Sql, symbol: string, source: string | undefined) {
  if (source !== undefined) return sql`source (name, number) AS (VALUES (${source}::text, 1))`;
  return sql`
    source (name, number) AS (
      (SELECT source::text, 1 FROM stock_prices WHERE symbol = ${symbol} ORDER BY source LIMIT 1)
      UNION ALL
      SELECT next.name, source.number + 1 FROM source, LATERAL (
        SELECT stock_prices.source::text AS name FROM stock_prices
        WHERE symbol = ${symbol} AND stock_prices.source > source.name
        ORDER BY stock_prices.source LIMIT 1
      ) next
      WHERE source.number < ${SOURCES_MAX}
    )`;
}

/** `point`: the rows that the candles are made of, each source's newest first. */
function rowWindow(
  sql: Sql,
  { symbol, width, until, since, limit }: {
    readonly symbol: string;
    readonly width: number;
    readonly until: number;
    readonly since: number;
    readonly limit: number;
  },
) {
  const ofSource = sql`symbol = ${symbol} AND stock_prices.source = source.name`;
  return sql`
    rows_each AS (SELECT ${RAW_ROWS_MAX}::int / greatest(1, count(*)) AS rows FROM source),
    newest AS (
      SELECT max(found.timestamp)::float8 AS timestamp FROM source CROSS JOIN LATERAL (
        SELECT stock_prices.timestamp FROM stock_prices
        WHERE ${ofSource} AND stock_prices.timestamp < ${until}::bigint
          AND stock_prices.timestamp >= ${since}::bigint
        ORDER BY stock_prices.timestamp DESC LIMIT 1
      ) found
    ),
    -- Where prices are rare, so far back that there are rows for as many candles.
    rare AS (
      SELECT max(coalesce(found.timestamp, ${since}::bigint))::float8 AS timestamp
      FROM source LEFT JOIN LATERAL (
        SELECT stock_prices.timestamp FROM stock_prices
        WHERE ${ofSource} AND stock_prices.timestamp < ${until}::bigint
          AND stock_prices.timestamp >= ${since}::bigint
        ORDER BY stock_prices.timestamp DESC OFFSET ${limit} LIMIT 1
      ) found ON true
    ),
    stretch AS (
      SELECT greatest(${since}::float8, floor(least(
        rare.timestamp, newest.timestamp - ${limit}::float8 * ${width}
      ) / ${width}) * ${width})::bigint AS since FROM newest, rare
    ),
    point AS MATERIALIZED (
      SELECT found.* FROM stretch CROSS JOIN source CROSS JOIN LATERAL (
        SELECT ${pointColumns(sql)} FROM stock_prices
        WHERE ${ofSource} AND stock_prices.timestamp < ${until}::bigint
          AND stock_prices.timestamp >= stretch.since AND ${usableRows(sql, "stock_prices")}
        ORDER BY stock_prices.timestamp DESC, stock_prices.id DESC
        LIMIT (SELECT rows FROM rows_each)
      ) found
    )`;
}

/** Of a statement that has `unseen`. */
function headColumns(sql: Sql): Fragment {
  return sql`(SELECT count(*)::int FROM unseen) AS unseen,
    (SELECT version::text FROM quotewire_candle_progress) AS version`;
}

/** A candle as it is answered; Postgres' clock says whether its time is over. */
function answerColumns(sql: Sql, width: number): Fragment {
  return sql`time, first[3] AS open, high, low, last[3] AS close, count::float8 AS count,
    time + ${width} <= extract(epoch FROM clock_timestamp()) AS final`;
}

function parseCandles(found: readonly Record<string, unknown>[]): Candle[] {
  return found.filter(({ time }) => time !== null).map((row) => v.parse(candleSchema, row));
}

function parseDays(found: readonly Record<string, unknown>[]): DayRange[] {
  return found.filter(({ symbol }) => symbol !== null).map((row) => v.parse(daySchema, row));
}

function oldestFirst(candles: readonly Candle[], limit: number): Candle[] {
  return candles.slice(0, limit).reverse();
}

/** No such table, no right to read it. */
function isOutOfReach(error: unknown): boolean {
  return ["42P01", "42501"].includes(errorCode(error) ?? "");
}
