/**
 * How far the prices that a client sees can be trusted.
 *
 * - `live`: every committed row has been read, or will be within the mode's normal delay.
 * - `delayed`: prices still arrive, but later than the mode promises (a silent LISTEN connection, a slow read).
 * - `down`: the database does not answer; what is shown is the last known state.
 */
export interface FeedStatus {
  /** The verdict; see above. */
  readonly status: "live" | "delayed" | "down";
  /** What wakes the feed. */
  readonly mode: "poll" | "listen";
  /** Milliseconds since the table was last known to be read up to date. */
  readonly ageMs: number;
}
