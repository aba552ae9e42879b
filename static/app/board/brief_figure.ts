import { format } from "../format.ts";

const BRIEF_FROM = 1e8;
const BRIEF_BELOW = 1e-3;
const LONG_CHARACTERS = 11;
const compact = new Intl.NumberFormat(undefined, {
  notation: "compact",
  maximumSignificantDigits: 7,
});
const few = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });
const compactSigned = new Intl.NumberFormat(undefined, {
  notation: "compact",
  maximumSignificantDigits: 7,
  signDisplay: "exceptZero",
});

const fewSigned = new Intl.NumberFormat(undefined, {
  maximumSignificantDigits: 4,
  signDisplay: "exceptZero",
});

/**
 * A price for a narrow column: in full, or where that would not fit, to seven digits and a unit if it is
 * large, and to four digits if it is small.
 */
export function briefPrice(price: number): string {
  if (price >= BRIEF_FROM) return compact.format(price);
  return price < BRIEF_BELOW ? few.format(price) : format.price(price);
}

/** A signed difference for a narrow column, as precise as the price that it belongs to. */
export function briefAmount(amount: number, price: number): string {
  if (Math.abs(amount) >= BRIEF_FROM) return compactSigned.format(amount);
  return price < BRIEF_BELOW ? fewSigned.format(amount) : format.amount(amount, price);
}

/** Whether `briefPrice` leaves something out. */
export function isBrief(price: number): boolean {
  return price >= BRIEF_FROM || price < BRIEF_BELOW;
}

/** Whether a figure needs small type. */
export function isLong(text: string): boolean {
  return text.length > LONG_CHARACTERS;
}
