/** The extremes of one symbol and source in one UTC day. */
export interface DayRange {
  /** Number of the UTC day. */
  readonly day: number;
  /** The day's first price; undefined where the table's first ones were not looked at. */
  readonly open: number | undefined;
  readonly high: number;
  readonly low: number;
  /**
   * `table`: as the table had them at most a few minutes ago, and every price since then that came
   * here. `bound`: prices may have gone beyond them without coming here.
   */
  readonly certainty: "table" | "bound";
}

/** Takes in a price of the day; the same object where nothing changes. */
export function extended(range: DayRange, price: number): DayRange {
  if (price <= range.high && price >= range.low) return range;
  return {
    ...range,
    high: Math.max(range.high, price),
    low: Math.min(range.low, price),
  };
}

/** What the table says, joined with what was seen here while it was asked. */
export function joined(told: DayRange, seen: DayRange | undefined): DayRange {
  if (seen === undefined || seen.day !== told.day) return told;
  return extended(extended(told, seen.high), seen.low);
}
