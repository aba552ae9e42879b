const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A moment in milliseconds since the unix epoch, as the chat writes it. */
export const chatTime = {
  /** "14:05" */
  time: (timeMs: number): string => timeOfDay.format(timeMs),
  /** "Saturday, 21 November" */
  day: (timeMs: number): string => day.format(timeMs),
  /** With everything. */
  whole: (timeMs: number): string => whole.format(timeMs),
  /** For programs. */
  iso: (timeMs: number): string => new Date(timeMs).toISOString(),
};
