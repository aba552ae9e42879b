import { printable } from "../client/terminal_text.ts";

const LINES_MAX = 200;
const LINE_UNITS_MAX = 2000;

/**
 * The text of an error as a terminal may have it, whoever has put what into it: without anything that a
 * terminal obeys, at most 200 lines of 2000 code units.
 */
export function shownError(text: string): string {
  const lines = text.split(/\r?\n/);
  const shown = lines.slice(0, LINES_MAX).map(shownLine);
  return (lines.length > LINES_MAX ? [...shown, "…"] : shown).join("\n");
}

function shownLine(line: string): string {
  const text = printable(line.slice(0, LINE_UNITS_MAX).replaceAll("\t", "    "));
  return line.length > LINE_UNITS_MAX ? `${text}…` : text;
}
