import { effect } from "@preact/signals";
import * as v from "valibot";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import { utcDay } from "../../../src/price/quote.ts";
import type { PageSight } from "../page_sight.ts";
import type { BoardRows } from "./board_rows.ts";
import { extended, joined } from "./day_range.ts";

const PATH = "/api/days";
const ANSWER_DEADLINE_MS = 10_000;
/** An answer has about 100 bytes for each row: at this pace they come to 3 kB a second, if there are so many. */
const INTERVAL_PER_ROW_MS = 30;
const INTERVAL_MS = { min: 5000, max: 60_000 };
/** Doubles with every further attempt. */
const RETRY_MS = 5000;
/** A share of the interval, so that the pages of a whole desk do not ask in the same second. */
const JITTER_MAX = 0.25;
/** So many turns without an answer, and what is shown counts as a bound only. */
const TURNS_MISSED_MAX = 2;
const DAY_MS = 86_400_000;
const DAYS_MAX = 100_000;

const price = v.pipe(v.number(), v.finite(), v.gtValue(0));
const answerSchema = v.object({
  days: v.pipe(
    v.array(v.object({
      symbol: v.string(),
      source: v.string(),
      open: price,
      high: price,
      low: price,
    })),
    v.maxLength(DAYS_MAX),
  ),
  /** Anything but `ready` says that the server has looked at the newest rows of the day alone. */
  coverage: v.optional(v.string(), "ready"),
});

/** The part of a feed client that is needed. */
export type RangeFeed = Pick<FeedClient, "on" | "serverNowMs">;

/** The way to the server's API, as the user who is signed in. */
export interface ApiAccess {
  /** @throws {TypeError} when the server cannot be reached */
  fetch(path: string, signal: AbortSignal): Promise<Response>;
}

/**
 * How long the page waits before it asks for the extremes of so many rows again. A price that another
 * replaced before the server read the table comes here with the next answer alone.
 */
export function askAgainMs(rows: number): number {
  return Math.min(Math.max(rows * INTERVAL_PER_ROW_MS, INTERVAL_MS.min), INTERVAL_MS.max);
}

/**
 * Keeps the day's extremes of all rows: asks the server at first, after every break of the connection, at
 * midnight UTC and again and again while the page is shown, and takes in the prices that arrive in
 * between. What the server has not told is unknown, and is never guessed from what was seen here alone.
 */
export class DayRanges {
  readonly #rows: BoardRows;
  readonly #feed: RangeFeed;
  readonly #access: ApiAccess;
  readonly #sight: PageSight;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #turnsMissed = 0;
  #isAsking = false;
  #isAskedAgain = false;

  constructor(
    { rows, feed, access, sight }: {
      readonly rows: BoardRows;
      readonly feed: RangeFeed;
      readonly access: ApiAccess;
      readonly sight: PageSight;
    },
  ) {
    this.#rows = rows;
    this.#feed = feed;
    this.#access = access;
    this.#sight = sight;
    // Prices may have come and gone during a break, or the table may be another one.
    feed.on("snapshot", () => this.#startOver());
    feed.on("resumed", ({ kind }) => {
      if (kind === "delta") this.#doubt();
    });
    // The extremes may be among the prices that were left out.
    feed.on("conflated", () => this.#lower());
    effect(() => {
      clearTimeout(this.#timer);
      if (sight.isShown.value) this.#schedule(this.#dueAtMs - Date.now());
    });
  }

  #startOver(): void {
    for (const row of this.#rows.all.peek()) row.range = undefined;
    this.#rows.touchAll();
    this.#ask();
  }

  #doubt(): void {
    this.#lower();
    this.#ask();
  }

  /** From now on the extremes are bounds, until the server has told them again. */
  #lower(): void {
    for (const row of this.#rows.all.peek()) {
      if (row.range?.certainty !== "table") continue;
      row.range = { ...row.range, certainty: "bound" };
      this.#rows.touch(row);
    }
  }

  /** Asks now, or as soon as somebody sees the page. */
  #ask(): void {
    this.#dueAtMs = 0;
    if (!this.#sight.isShown.peek()) return;
    if (this.#isAsking) {
      this.#isAskedAgain = true;
      return;
    }
    this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (delayMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#turn(), Math.max(delayMs, 0));
  }

  async #turn(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#isAskedAgain = false;
    const isTold = await this.#fetch();
    this.#isAsking = false;
    this.#turnsMissed = isTold ? 0 : this.#turnsMissed + 1;
    if (this.#turnsMissed > TURNS_MISSED_MAX) this.#lower();
    const intervalMs = askAgainMs(this.#rows.all.peek().length);
    const jitterMs = Math.random() * JITTER_MAX * intervalMs;
    const midnightMs = DAY_MS - this.#feed.serverNowMs() % DAY_MS;
    // A little after midnight, because the server's day begins by its own clock.
    const pauseMs = isTold
      ? intervalMs
      : Math.min(RETRY_MS * 2 ** (this.#turnsMissed - 1), INTERVAL_MS.max);
    const delayMs = this.#isAskedAgain
      ? 0
      : Math.min(pauseMs + jitterMs, midnightMs + 500 + jitterMs / 10);
    this.#dueAtMs = Date.now() + delayMs;
    if (this.#sight.isShown.peek()) this.#schedule(delayMs);
  }

  async #fetch(): Promise<boolean> {
    const day = this.#today();
    try {
      const answer = await this.#access.fetch(PATH, AbortSignal.timeout(ANSWER_DEADLINE_MS));
      if (!answer.ok) {
        await answer.body?.cancel();
        return false;
      }
      const result = v.safeParse(answerSchema, await answer.json());
      // Around midnight nobody can say which day the answer is about.
      if (!result.success || this.#isAskedAgain || this.#today() !== day) return false;
      this.#take(result.output, day);
      return true;
    } catch (error) {
      // Without an answer the extremes stay unknown, which the page shows as such.
      if (isNoAnswer(error)) return false;
      throw error;
    }
  }

  #take({ days, coverage }: v.InferOutput<typeof answerSchema>, day: number): void {
    const isWhole = coverage === "ready";
    for (const { symbol, source, open, high, low } of days) {
      const row = this.#rows.get(symbol, source);
      if (row === undefined || utcDay(row.quote.timestamp) !== day) continue;
      const told = {
        day,
        open: isWhole ? open : undefined,
        high,
        low,
        certainty: isWhole ? "table" : "bound",
      } as const;
      row.range = extended(joined(told, row.range), row.quote.price);
      this.#rows.touch(row);
    }
  }

  #today(): number {
    return utcDay(this.#feed.serverNowMs() / 1000);
  }
}

/** Refused, unreachable, too slow, or not JSON. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof TypeError || error instanceof SyntaxError ||
    error instanceof DOMException;
}
