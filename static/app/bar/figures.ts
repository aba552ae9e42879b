const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** A count as the user's language writes it. */
export function wholeNumber(count: number): string {
  return WHOLE.format(count);
}

/** A figure per second: with one decimal where that says something. */
export function perSecond(rate: number): string {
  return rate > 0 && rate < 10 ? SHORT.format(rate) : WHOLE.format(rate);
}

/** A number of bytes in its largest unit: "45.1 kB". */
export function bytes(count: number): string {
  if (count < 1000) return `${WHOLE.format(count)} B`;
  if (count < 1_000_000) return `${SHORT.format(count / 1000)} kB`;
  if (count < 1_000_000_000) return `${SHORT.format(count / 1_000_000)} MB`;
  return `${SHORT.format(count / 1_000_000_000)} GB`;
}
