import { format } from "../format.ts";

const BRIEF_FROM = 1e8;
/** The shared format is brief itself from here on: a compact figure has no unit above trillions. */
const BRIEF_TO = 1e15;
const BRIEF_BELOW = 1e-3;
/** Below, digits would be zeros for the most part. */
const SCIENTIFIC_BELOW = 1e-9;
const LONG_CHARACTERS = 11;
const COMPACT = { notation: "compact", maximumSignificantDigits: 7 } as const;
const FEW = { maximumSignificantDigits: 4 } as const;
const TINY = { notation: "scientific", maximumSignificantDigits: 4 } as const;
const prices = figureFormats("auto");
const amounts = figureFormats("exceptZero");

type FigureFormats = ReturnType<typeof figureFormats>;

/**
 * A price for a narrow column: in full, or where that would not fit, to seven digits and a unit if it is
 * large, and to four digits if it is small; what is absurd as a power of ten.
 */
export function briefPrice(price: number): string {
  return brief(price, price, prices) ?? format.price(price);
}

/** A signed difference for a narrow column, as precise as the price that it belongs to. */
export function briefAmount(amount: number, price: number): string {
  return brief(amount, price, amounts) ?? format.amount(amount, price);
}

/** Whether `briefPrice` leaves something out. */
export function isBrief(price: number): boolean {
  return price >= BRIEF_FROM || price < BRIEF_BELOW;
}

/** Whether a figure needs small type. */
export function isLong(text: string): boolean {
  return text.length > LONG_CHARACTERS;
}

function figureFormats(signDisplay: "auto" | "exceptZero") {
  return {
    compact: new Intl.NumberFormat(undefined, { ...COMPACT, signDisplay }),
    few: new Intl.NumberFormat(undefined, { ...FEW, signDisplay }),
    tiny: new Intl.NumberFormat(undefined, { ...TINY, signDisplay }),
  };
}

/** `undefined` where the shared format is brief enough. */
function brief(figure: number, price: number, formats: FigureFormats): string | undefined {
  const size = Math.abs(figure);
  if (size >= BRIEF_FROM) return size < BRIEF_TO ? formats.compact.format(figure) : undefined;
  if (price >= BRIEF_BELOW) return undefined;
  return (size > 0 && size < SCIENTIFIC_BELOW ? formats.tiny : formats.few).format(figure);
}
