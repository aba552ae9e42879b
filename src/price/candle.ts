/** Open, high, low and close of the prices of one stretch of time. */
export interface Candle {
  /** When it begins, in unix seconds, UTC; a multiple of its interval. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Number of prices. */
  readonly count: number;
  /** Whether its time is over. A price that comes late still changes it. */
  readonly final: boolean;
}

/** Lengths of candles by name, in seconds, shortest first. */
export const INTERVAL_SECONDS = {
  "1s": 1,
  "5s": 5,
  "15s": 15,
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "1h": 3600,
  "4h": 14_400,
  "1d": 86_400,
} as const;

/** Name of a length: "1m". */
export type IntervalName = keyof typeof INTERVAL_SECONDS;

/** All names, shortest first. */
export const INTERVAL_NAMES = [
  "1s",
  "5s",
  "15s",
  "1m",
  "5m",
  "15m",
  "1h",
  "4h",
  "1d",
] as const satisfies readonly IntervalName[];

/** Candles that one answer may hold. */
export const CANDLES_MAX = 1000;

/** Begin of the candle that a timestamp falls in: `timestamp` alone decides, whenever the row came. */
export function candleTime(timestamp: number, widthSeconds: number): number {
  return Math.floor(timestamp / widthSeconds) * widthSeconds;
}

/** High, low and first price of one symbol and source on one day. */
export interface DayRange {
  readonly symbol: string;
  readonly source: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
}

/**
 * Whether the kept candles could be used for an answer.
 *
 * - `ready`: yes; the answer is exact.
 * - `filling`: they are still being made from a table that was there before them.
 * - `behind`: more prices came in than have been taken yet.
 * - `absent`: nobody may write them: a database that can only be read.
 *
 * In all but the first, answers come from the rows themselves, within bounds.
 */
export type CandleCoverage = "ready" | "filling" | "behind" | "absent";
