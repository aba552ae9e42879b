/** How a part of a line looks on a terminal that has colours. */
export type Style = "bold" | "dim" | "green" | "red" | "yellow";

const CODES: Record<Style, number> = { bold: 1, dim: 2, green: 32, red: 31, yellow: 33 };

/** The text in that style, by escape sequences around it. */
export function paint(text: string, style: Style | undefined): string {
  if (style === undefined || text === "") return text;
  return `\x1b[${CODES[style]}m${text}\x1b[0m`;
}
