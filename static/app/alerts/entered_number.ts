const GROUP_SIGN =
  new Intl.NumberFormat(undefined, { useGrouping: true }).formatToParts(123_456).find(({ type }) =>
    type === "group"
  )?.value ?? "";
const AMBIGUOUS_REGEXP = /^-?\d{1,3}([.,])\d{3}$/;
const GROUPS_REGEXP = /^-?\d{1,3}([.,])\d{3}(?:\1\d{3})+$/;
const GROUPS_AND_DECIMALS_REGEXP = /^-?\d{1,3}(?:(?:,\d{3})+\.|(?:\.\d{3})+,)\d+$/;

/**
 * The number that somebody has written, with either decimal sign and with or without grouping; NaN for
 * what is none, and for what could be two: "1,234" is a thousand to some, and one and a bit to others.
 *
 * @param groupSign what the user's language puts between thousands
 */
export function enteredNumber(text: string, groupSign: string = GROUP_SIGN): number {
  const figure = text.replace(/[\s'’]/g, "");
  if (figure === "" || AMBIGUOUS_REGEXP.exec(figure)?.[1] === groupSign) return Number.NaN;
  if (GROUPS_REGEXP.test(figure)) return Number(figure.replace(/[.,]/g, ""));
  if (!GROUPS_AND_DECIMALS_REGEXP.test(figure)) return Number(figure.replace(",", "."));
  const at = Math.max(figure.lastIndexOf("."), figure.lastIndexOf(","));
  return Number(`${figure.slice(0, at).replace(/[.,]/g, "")}.${figure.slice(at + 1)}`);
}
