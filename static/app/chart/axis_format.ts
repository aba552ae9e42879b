/** Kinds of marks on the axis of time, as lightweight-charts numbers them: years first, seconds last. */
const SECONDS_MARK = 4;
/** What a `Date` can be, less the second that `#isMidnight` looks back. */
const MOMENT_MAX = 8.64e15 - 1000;

/** Writes the marks on an axis of time as the user's language and time zone do; days are those of UTC. */
export class AxisFormat {
  readonly #date: Intl.DateTimeFormat;
  readonly #utcDate: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #seconds: Intl.DateTimeFormat;

  constructor(locale: string, timeZone?: string) {
    const date = { month: "short", day: "numeric" } as const;
    const time = { hour: "numeric", minute: "2-digit", timeZone } as const;
    this.#date = new Intl.DateTimeFormat(locale, { ...date, timeZone });
    this.#utcDate = new Intl.DateTimeFormat(locale, { ...date, timeZone: "UTC" });
    this.#time = new Intl.DateTimeFormat(locale, time);
    this.#seconds = new Intl.DateTimeFormat(locale, { ...time, second: "2-digit" });
  }

  /**
   * The text of one mark. The library takes midnight to be that of UTC; where the user's is another, a
   * mark there is a time like any other.
   *
   * @param kind of the mark, as the library numbers them
   */
  mark(timestamp: number, kind: number, areDays: boolean): string {
    const moment = timestamp * 1000;
    // The writer of a row chose it; a moment that no calendar has is an error to format.
    if (Math.abs(moment) > MOMENT_MAX) return "";
    if (areDays) return this.#utcDate.format(moment);
    if (kind >= SECONDS_MARK) return this.#seconds.format(moment);
    return this.#isMidnight(moment) ? this.#date.format(moment) : this.#time.format(moment);
  }

  #isMidnight(moment: number): boolean {
    // Of the two formats, only that of the date changes there.
    return this.#date.format(moment) !== this.#date.format(moment - 1000);
  }
}
