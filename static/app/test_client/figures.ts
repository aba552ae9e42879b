const time = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const count = new Intl.NumberFormat();
const milliseconds = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** Figures of the test page as the user's browser writes them. */
export const figures = {
  /** Time of day, to the millisecond. */
  time: (atMs: number): string => time.format(atMs),
  count: (value: number): string => count.format(value),
  bytes: (value: number): string => `${count.format(value)} B`,
  roundTrip: (value: number | undefined): string =>
    value === undefined ? "–" : `${milliseconds.format(value)} ms`,
};
