const WIDE_REGEXP =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;
/** Marks, and what joins or parts letters and emoji without being seen itself. */
const ZERO_WIDTH_REGEXP = /[\p{M}\u200c\u200d]/u;
const UNPRINTABLE_REGEXP = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu;
const QUOTED_UNITS_MAX = 500;

/**
 * Makes untrusted text harmless for a terminal: escape sequences, line breaks, and marks that turn the
 * direction of the text lose the characters that make them work.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE_REGEXP, "\ufffd");
}

/**
 * What a server says, harmless and on one line, to stand in a sentence of ours. It is cut at 500 code
 * units: a server may say any length.
 */
export function quotedText(text: string): string {
  if (text.length <= QUOTED_UNITS_MAX) return printable(text);
  return `${printable(text.slice(0, QUOTED_UNITS_MAX))}…`;
}

/** Columns that a text takes on a terminal; near enough for names, not for every script. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Cuts or pads a text to exactly `width` columns. */
export function fitText(text: string, width: number, align: "left" | "right" = "left"): string {
  const cut = textWidth(text) > width ? cutText(text, width) : text;
  const blanks = " ".repeat(Math.max(width - textWidth(cut), 0));
  return align === "left" ? cut + blanks : blanks + cut;
}

function cutText(text: string, width: number): string {
  let cut = "";
  let used = 1;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    cut += character;
  }
  return width > 0 ? `${cut}…` : "";
}

function characterWidth(character: string): number {
  if (ZERO_WIDTH_REGEXP.test(character)) return 0;
  return WIDE_REGEXP.test(character) ? 2 : 1;
}
