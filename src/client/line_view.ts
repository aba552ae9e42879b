import { fitText, printable, textWidth } from "./terminal_text.ts";

/** What a terminal's one row shows of a prompt and the line behind it. */
export interface LineView {
  readonly prompt: string;
  /** The visible part before the cursor, and the one from the cursor on. */
  readonly before: string;
  readonly after: string;
  /** Columns in all, and columns before the cursor. */
  readonly width: number;
  readonly cursorColumn: number;
}

/** The line as it is typed. */
export interface TypedLine {
  readonly text: string;
  /** Index into the text of what stands after the cursor. */
  readonly cursor: number;
}

const SEGMENTER = new Intl.Segmenter();
const EMOJI_STYLE = "\ufe0f";
const MORE_LEFT = "‹";
const MORE_RIGHT = "›";
const LINE_BREAK = "↵";

interface Cell {
  readonly text: string;
  readonly width: number;
}

/**
 * Cuts a line to the part around its cursor that fits behind the prompt. The last column stays free for
 * the cursor. Line breaks and tabs within the line are shown as one visible character each.
 */
export function viewLine(prompt: string, line: TypedLine, columns: number): LineView {
  const shownPrompt = fitText(prompt, Math.min(textWidth(prompt), Math.floor(columns / 2)));
  const room = Math.max(columns - textWidth(shownPrompt) - 1, 1);
  const before = cellsOf(line.text.slice(0, line.cursor));
  const after = cellsOf(line.text.slice(line.cursor));
  // Near the end of a long line most of what came before matters; elsewhere half the room each way.
  const leftRoom = Math.max(room - widthOf(after), Math.floor(room / 2));
  const left = takeLast(before, leftRoom);
  const right = takeFirst(after, room - widthOf(left));
  const promptWidth = textWidth(shownPrompt);
  return {
    prompt: shownPrompt,
    before: joined(left),
    after: joined(right),
    width: promptWidth + widthOf(left) + widthOf(right),
    cursorColumn: promptWidth + widthOf(left),
  };
}

function cellsOf(text: string): Cell[] {
  return [...SEGMENTER.segment(text)].map(({ segment }) => cellOf(segment));
}

/** What people see as one character: as wide as the widest part of it. */
function cellOf(segment: string): Cell {
  if (segment === "\n") return { text: LINE_BREAK, width: 1 };
  if (segment === "\t") return { text: " ", width: 1 };
  const text = printable(segment);
  if (text.includes(EMOJI_STYLE)) return { text, width: 2 };
  return { text, width: Math.max(...[...text].map(textWidth)) };
}

function takeLast(cells: readonly Cell[], room: number): Cell[] {
  if (widthOf(cells) <= room) return [...cells];
  const taken = fill(cells.toReversed(), room - 1).reverse();
  return [{ text: MORE_LEFT, width: 1 }, ...taken];
}

function takeFirst(cells: readonly Cell[], room: number): Cell[] {
  if (widthOf(cells) <= room) return [...cells];
  if (room < 1) return [];
  return [...fill(cells, room - 1), { text: MORE_RIGHT, width: 1 }];
}

function fill(cells: readonly Cell[], room: number): Cell[] {
  const taken: Cell[] = [];
  let used = 0;
  for (const cell of cells) {
    used += cell.width;
    if (used > room) break;
    taken.push(cell);
  }
  return taken;
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0);
}

function joined(cells: readonly Cell[]): string {
  return cells.map((cell) => cell.text).join("");
}
