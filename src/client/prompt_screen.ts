import { type TypedLine, viewLine } from "./line_view.ts";
import type { TerminalOutput } from "./terminal_screen.ts";

/** What the prompt of a chat is drawn on. */
export interface PromptTerminal {
  readonly output: TerminalOutput;
  /** Width of the window now. */
  columns(): number;
}

const PASTE_MARKS_ON = "\x1b[?2004h";
const PASTE_MARKS_OFF = "\x1b[?2004l";
const ROW_START = "\r";
const CLEAR_BELOW = "\x1b[J";
const CLEAR_ALL = "\x1b[H\x1b[2J";
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";
const KEEP_CURSOR = "\x1b7";
const RESTORE_CURSOR = "\x1b8";
const BOLD = "\x1b[1m";
const PLAIN = "\x1b[0m";
const BELL = "\x07";
// Terminals that know it show everything in between at once, others ignore it.
const FRAME_BEGIN = "\x1b[?2026h";
const FRAME_END = "\x1b[?2026l";

/**
 * A prompt in the last row of a terminal, with lines that scroll up above it. The prompt never takes
 * more than one row: the terminal itself keeps the cursor's place, so that characters that it draws
 * wider or narrower than expected cannot shift what stands around them.
 */
export class PromptScreen implements Disposable {
  readonly #terminal: PromptTerminal;
  readonly #styled: boolean;
  #prompt = "";
  #line: TypedLine = { text: "", cursor: 0 };
  /** What is on the terminal now; undefined before the first drawing. */
  #drawn: { readonly columns: number; readonly cursorColumn: number } | undefined;
  #open = true;

  /** Takes over the last row, until disposed of. */
  constructor(terminal: PromptTerminal, options: { readonly colours: boolean }) {
    this.#terminal = terminal;
    this.#styled = options.colours;
    this.#write(PASTE_MARKS_ON);
  }

  /** Shows this line behind this prompt. */
  draw(prompt: string, line: TypedLine): void {
    this.#prompt = prompt;
    this.#line = line;
    this.#redraw("");
  }

  /** Writes lines above the prompt, which stays as it is. They must be harmless for a terminal. */
  print(lines: readonly string[]): void {
    this.#redraw(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** Empties the window and draws the prompt again. */
  clear(): void {
    this.#drawn = undefined;
    this.#redraw(CLEAR_ALL);
  }

  /** Fits the prompt into a window that has changed its size. */
  resize(): void {
    this.#redraw("");
  }

  /** Says that a key cannot be obeyed. */
  ring(): void {
    if (this.#open) this.#write(BELL);
  }

  /** Gives the row back, empty. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#write(this.#erase() + PASTE_MARKS_OFF);
    this.#open = false;
  }

  #redraw(above: string): void {
    if (!this.#open) return;
    const columns = this.#terminal.columns();
    const view = viewLine(this.#prompt, this.#line, columns);
    const erase = this.#erase();
    const prompt = this.#styled ? BOLD + view.prompt + PLAIN : view.prompt;
    const row = WRAP_OFF + prompt + view.before + KEEP_CURSOR + view.after + RESTORE_CURSOR;
    this.#drawn = { columns, cursorColumn: view.cursorColumn };
    this.#write(FRAME_BEGIN + erase + above + row + WRAP_ON + FRAME_END);
  }

  /** A window that has become narrower has broken the row into several. */
  #erase(): string {
    if (this.#drawn === undefined) return ROW_START + CLEAR_BELOW;
    const columns = this.#terminal.columns();
    const rowsAbove = columns < this.#drawn.columns
      ? Math.floor(this.#drawn.cursorColumn / columns)
      : 0;
    const up = rowsAbove > 0 ? `\x1b[${rowsAbove}A` : "";
    return up + ROW_START + CLEAR_BELOW;
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) {
      written += this.#terminal.output.writeSync(bytes.subarray(written));
    }
  }
}
