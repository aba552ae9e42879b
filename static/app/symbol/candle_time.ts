import type { IntervalName } from "../../../src/price/candle.ts";
import { format } from "../format.ts";

const UTC_DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

/** When a candle begins, for the user: in local time, except for days, which are those of UTC. */
export function candleMoment(time: number, interval: IntervalName): string {
  return interval === "1d" ? `${UTC_DATE.format(time * 1000)} UTC` : format.dateAndTime(time);
}
