import { isoTime } from "../../../src/client/quote_format.ts";
import type { IntervalName } from "../../../src/price/candle.ts";
import { format } from "../format.ts";

const UTC_DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

/**
 * When a candle begins, for the user: in local time, except for days, which are those of UTC. A dash for
 * what no calendar has.
 */
export function candleMoment(time: number, interval: IntervalName): string {
  const isKnownDay = interval === "1d" && isoTime(time) !== undefined;
  return isKnownDay ? `${UTC_DATE.format(time * 1000)} UTC` : format.dateAndTime(time);
}
