import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";

/** What wakes a read of the table. Both modes run the same read; they differ in their triggers alone. */
export type Trigger =
  /** The feed starts. */
  | "start"
  /** The poll interval has passed. */
  | "interval"
  /** Postgres said that rows were inserted, or that the listening connection is new. */
  | "notify"
  /** The last read failed. */
  | "retry"
  /** The database answers again. */
  | "recovered";

/** Where a feed delivers. Calls are serial; an implementation MUST NOT throw. */
export interface FeedSink {
  /**
   * What the first read of a run found: up to 100 past prices per symbol and source, oldest first. Comes
   * before all `quotes`; left out where the table was empty.
   */
  beginning(quotes: readonly Quote[]): void;
  /**
   * New prices. A quote MAY be older than one delivered before, or the same again: the receiver's book
   * sorts that out.
   */
  quotes(quotes: readonly Quote[]): void;
  /**
   * The feed's state, at least once a second and at once when it changes.
   *
   * @param isStarting MUST be true until the first read of a run has ended, well or not: what is `down`
   * then may only be slow
   */
  status(status: FeedStatus, isStarting?: boolean): void;
}

/**
 * Prices from Postgres.
 *
 * - Every committed row that is the newest of its symbol and source MUST reach the sink, whenever its
 *   transaction commits, as soon as the database can be read.
 * - One read runs at a time, whatever wakes it and however often.
 * - When the database cannot be read, the status MUST say so within 2 s, and the feed MUST catch up by
 *   itself when it can be again.
 */
export interface Feed {
  /** Runs until `signal` aborts. Never rejects for what the database does. */
  run(signal: AbortSignal): Promise<void>;
}
