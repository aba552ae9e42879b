/** The part of a terminal that a screen needs. */
export interface TerminalOutput {
  writeSync(bytes: Uint8Array): number;
}

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE_END = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
// Terminals that know it show a frame at once, others ignore it.
const FRAME_BEGIN = "\x1b[?2026h";
const FRAME_END = "\x1b[?2026l";

/** A full-screen picture on a terminal, which gives back what was there before. */
export class TerminalScreen implements Disposable {
  readonly #output: TerminalOutput;
  #shown = "";

  /** Takes over the terminal, until disposed of. */
  constructor(output: TerminalOutput) {
    this.#output = output;
    this.#write(ENTER);
  }

  /** Shows these lines and nothing else. Writes nothing when they are what is shown already. */
  show(lines: readonly string[]): void {
    const picture = lines.join(`${CLEAR_LINE_END}\r\n`);
    if (picture === this.#shown) return;
    this.#shown = picture;
    this.#write(FRAME_BEGIN + HOME + picture + CLEAR_LINE_END + CLEAR_BELOW + FRAME_END);
  }

  /** Makes the next `show` draw everything: the window has changed its size. */
  invalidate(): void {
    this.#shown = "";
  }

  [Symbol.dispose](): void {
    this.#write(LEAVE);
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) {
      written += this.#output.writeSync(bytes.subarray(written));
    }
  }
}
