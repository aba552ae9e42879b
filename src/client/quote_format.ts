import type { ClientQuote } from "./client_quote.ts";

/** How a price stands against the day's opening price. */
export interface Change {
  readonly amount: number;
  /** As a fraction: 0.01 is one percent. */
  readonly ratio: number;
}

/** The change of a quote since its UTC day began. */
export function changeOf(quote: Pick<ClientQuote, "price" | "open">): Change {
  const amount = quote.price - quote.open;
  return { amount, ratio: quote.open === 0 ? 0 : amount / quote.open };
}

/** A number of prices in words. */
export function priceCount(count: number): string {
  return count === 1 ? "1 price" : `${count} prices`;
}

/** Which way a figure moved. */
export type Direction = "up" | "down" | "flat";

/** The direction of a difference. */
export function directionOf(difference: number): Direction {
  return difference > 0 ? "up" : difference < 0 ? "down" : "flat";
}

/** Arrows tell the direction to those who do not see colours. */
export const ARROWS: Record<Direction, string> = { up: "▲", down: "▼", flat: "–" };

/** What stands where there is nothing to say. */
const NOTHING = "–";

/** A unix timestamp in seconds in ISO form; `undefined` for one that no calendar has. */
export function isoTime(timestamp: number): string | undefined {
  return dateOf(timestamp)?.toISOString();
}

const CLOCK_ERROR_MS = 60_000;
const SECONDS = { suffix: "s", ms: 1000 };
const AGE_UNITS = [
  { suffix: "d", ms: 86_400_000 },
  { suffix: "h", ms: 3_600_000 },
  { suffix: "m", ms: 60_000 },
  SECONDS,
];

/** From here on figures are written as powers of ten. A table may hold any number, of up to 309 digits. */
const SCIENTIFIC_FROM = 1e15;
const SCIENTIFIC_DECIMALS = 5;
const SCIENTIFIC = {
  notation: "scientific",
  maximumFractionDigits: SCIENTIFIC_DECIMALS,
} as const;
const PERCENT = {
  style: "percent",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
} as const;
const VAST_PERCENT = { ...SCIENTIFIC, style: "percent", signDisplay: "exceptZero" } as const;

/** Turns figures of quotes into text, as a language writes them. */
export class QuoteFormat {
  readonly #locale: string | undefined;
  readonly #numbers = new Map<string, Intl.NumberFormat>();
  readonly #time: Intl.DateTimeFormat;
  readonly #dateAndTime: Intl.DateTimeFormat;

  /** @param locale a BCP 47 tag; left out, the one of the browser or system */
  constructor(locale?: string) {
    this.#locale = locale;
    this.#time = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
    this.#dateAndTime = new Intl.DateTimeFormat(locale, {
      dateStyle: "medium",
      timeStyle: "medium",
    });
  }

  /** A price, with more decimals the smaller it is; from 1e15 on as a power of ten. */
  price(price: number): string {
    return this.#number(price, price, "auto").format(price);
  }

  /** The smallest difference that `price` shows, for prices of this size. */
  priceStep(price: number): number {
    if (!isVast(price)) return 10 ** -decimalsOf(price).max;
    return 10 ** (Math.floor(Math.log10(price)) - SCIENTIFIC_DECIMALS);
  }

  /** A signed difference, with the decimals of the price that it belongs to. */
  amount(amount: number, price: number): string {
    return this.#number(amount, price, "exceptZero").format(amount);
  }

  /** A signed percentage of a fraction. */
  percent(ratio: number): string {
    const format = isVast(ratio)
      ? this.#cached("vast percent", VAST_PERCENT)
      : this.#cached("percent", PERCENT);
    return format.format(ratio);
  }

  /** The local time of day of a unix timestamp in seconds; a dash for one that no calendar has. */
  time(timestamp: number): string {
    const date = dateOf(timestamp);
    return date === undefined ? NOTHING : this.#time.format(date);
  }

  /** The local date and time of a unix timestamp in seconds; a dash for one that no calendar has. */
  dateAndTime(timestamp: number): string {
    const date = dateOf(timestamp);
    return date === undefined ? NOTHING : this.#dateAndTime.format(date);
  }

  /**
   * A duration in its largest whole unit; a dash for what lies further in the future than clocks differ.
   * In English, as the sentences are in which it stands.
   */
  age(ageMs: number): string {
    if (!Number.isFinite(ageMs) || ageMs < -CLOCK_ERROR_MS) return NOTHING;
    const { suffix, ms } = AGE_UNITS.find(({ ms }) => ageMs >= ms) ?? SECONDS;
    return `${Math.max(Math.floor(ageMs / ms), 0)}${suffix}`;
  }

  /** An age with the word that belongs to it: "3s ago". */
  ago(ageMs: number): string {
    const age = this.age(ageMs);
    return age === NOTHING ? NOTHING : `${age} ago`;
  }

  /** For a figure that belongs to a price. */
  #number(figure: number, price: number, signDisplay: "auto" | "exceptZero") {
    if (isVast(figure)) return this.#cached(`${signDisplay} vast`, { ...SCIENTIFIC, signDisplay });
    const decimals = decimalsOf(price);
    return this.#cached(`${signDisplay} ${decimals.min} ${decimals.max}`, {
      minimumFractionDigits: decimals.min,
      maximumFractionDigits: decimals.max,
      signDisplay,
    });
  }

  /** Formats are slow to make and quick to use. There are a dozen at most. */
  #cached(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const made = new Intl.NumberFormat(this.#locale, options);
    this.#numbers.set(key, made);
    return made;
  }
}

function isVast(figure: number): boolean {
  return Math.abs(figure) >= SCIENTIFIC_FROM;
}

function decimalsOf(price: number): { min: number; max: number } {
  if (price >= 10) return { min: 2, max: 2 };
  if (price >= 1) return { min: 2, max: 5 };
  if (price >= 0.01) return { min: 4, max: 6 };
  return { min: 4, max: 12 };
}

/** The writer chose the timestamp, so it may be none: milliseconds in place of seconds, for example. */
function dateOf(timestamp: number): Date | undefined {
  const date = new Date(timestamp * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
