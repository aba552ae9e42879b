const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const UNIT_STEP = 1000;
const TIME_UNITS = [
  { suffix: "d", ms: 86_400_000 },
  { suffix: "h", ms: 3_600_000 },
  { suffix: "m", ms: 60_000 },
  { suffix: "s", ms: 1000 },
];

/** What stands where a figure is not known. */
export const UNKNOWN = "–";

/** A whole number with its thousands apart. In English, as the sentences are in which it stands. */
export function countText(count: number | null | undefined): string {
  return isKnown(count) ? Math.round(count).toLocaleString("en") : UNKNOWN;
}

/** A rate a second: with one decimal where it is small. */
export function rateText(perSecond: number | undefined): string {
  if (!isKnown(perSecond)) return UNKNOWN;
  if (perSecond >= 10 || perSecond === 0) return countText(perSecond);
  return perSecond < 0.05 ? "<0.1" : perSecond.toFixed(1);
}

/** Bytes in the unit that leaves at most three digits before the point. */
export function bytesText(bytes: number | null | undefined): string {
  if (!isKnown(bytes)) return UNKNOWN;
  let unit = 0;
  let value = bytes;
  // What would be rounded up to 1000 belongs to the next unit.
  while (Math.round(value) >= UNIT_STEP && unit < BYTE_UNITS.length - 1) {
    value /= UNIT_STEP;
    unit += 1;
  }
  const text = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return `${text} ${BYTE_UNITS[unit]}`;
}

/** A fraction in whole percent. */
export function percentText(share: number | undefined): string {
  return isKnown(share) ? `${Math.round(share * 100)} %` : UNKNOWN;
}

/** A time in milliseconds: as such up to a second. */
export function millisecondsText(durationMs: number | undefined): string {
  if (!isKnown(durationMs)) return UNKNOWN;
  if (durationMs >= 1000) return `${(durationMs / 1000).toFixed(1)} s`;
  return durationMs < 10 && !Number.isInteger(durationMs)
    ? `${durationMs.toFixed(1)} ms`
    : `${Math.round(durationMs)} ms`;
}

/** A long time in its two largest units: "3d 4h". */
export function uptimeText(durationMs: number): string {
  const at = TIME_UNITS.findIndex(({ ms }) => durationMs >= ms);
  if (at < 0) return "0s";
  const parts: string[] = [];
  let restMs = durationMs;
  for (const { suffix, ms } of TIME_UNITS.slice(at, at + 2)) {
    parts.push(`${Math.floor(restMs / ms)}${suffix}`);
    restMs %= ms;
  }
  return parts.join(" ");
}

function isKnown(figure: number | null | undefined): figure is number {
  return figure !== null && figure !== undefined && Number.isFinite(figure);
}
