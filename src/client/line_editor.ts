import type { Key, KeyAction, LineAction } from "./terminal_keys.ts";

/** What came of a key. */
export type EditOutcome =
  /** The line or the cursor may have changed. */
  | { readonly kind: "edited" }
  /** Enter: this line is done, and the next one is empty. */
  | { readonly kind: "entered"; readonly text: string }
  /** Ctrl-C, or Ctrl-D on an empty line. */
  | { readonly kind: "left" }
  /** Ctrl-L. */
  | { readonly kind: "redraw" }
  /** Some of the text had no room in the line. */
  | { readonly kind: "full" };

/** Lines that the up key brings back. */
const HISTORY_LINES_MAX = 200;
const WORD_REGEXP = /[\p{L}\p{N}\p{M}_]/u;
const SPACE_REGEXP = /\s/u;
const LINE_BREAK_REGEXP = /\r\n?|\u2028|\u2029/g;
/** Bytes that no chat message may have; a paste from a terminal often brings colours along. */
const UNWANTED_REGEXP = /(?![\n\t])[\p{Cc}\p{Cs}]/gu;

const EDITED: EditOutcome = { kind: "edited" };

/**
 * One line that is being typed: keys in, text and cursor out. It never touches a terminal. The cursor
 * moves by what people see as one character, so that it never stands inside an emoji.
 */
export class LineEditor {
  readonly #segmenter = new Intl.Segmenter();
  readonly #lengthMax: number;
  readonly #history: string[] = [];
  #text = "";
  #cursor = 0;
  /** Index into the history; its length stands for the line that is being typed. */
  #place = 0;
  /** The half-typed line while an older one is shown. */
  #draft = "";
  /** What was cut out last. */
  #killed = "";

  /** @param lengthMax most UTF-16 units in a line */
  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  get text(): string {
    return this.#text;
  }

  /** Index into the text of what stands after the cursor. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Applies one key. */
  press(key: Key): EditOutcome {
    if (key.kind === "action") return this.#act(key.action);
    // A line that was copied whole brings its end along, which is not meant as a line of its own.
    return this.#insert(key.kind === "paste" ? key.text.replace(/[\r\n]+$/, "") : key.text);
  }

  /** Replaces the word before the cursor, as a completion does. */
  replaceBefore(length: number, text: string): EditOutcome {
    const from = Math.max(this.#cursor - length, 0);
    this.#remove(from, this.#cursor);
    return this.#insert(text);
  }

  #act(action: KeyAction): EditOutcome {
    switch (action) {
      case "enter":
        return this.#enter();
      case "interrupt":
        return { kind: "left" };
      case "redraw":
        return { kind: "redraw" };
      case "end_of_input":
        if (this.#text === "") return { kind: "left" };
        this.#remove(this.#cursor, this.#next());
        break;
      case "up":
        this.#recall(this.#place - 1);
        break;
      case "down":
        this.#recall(this.#place + 1);
        break;
      case "new_line":
        return this.#insert("\n");
      case "yank":
        return this.#insert(this.#killed);
      case "complete":
        break;
      default:
        this.#changeLine(action);
    }
    return EDITED;
  }

  #changeLine(action: LineAction): void {
    switch (action) {
      case "left":
        this.#cursor = this.#previous();
        break;
      case "right":
        this.#cursor = this.#next();
        break;
      case "home":
        this.#cursor = 0;
        break;
      case "end":
        this.#cursor = this.#text.length;
        break;
      case "word_left":
        this.#cursor = this.#wordStart();
        break;
      case "word_right":
        this.#cursor = this.#wordEnd();
        break;
      case "backspace":
        this.#remove(this.#previous(), this.#cursor);
        break;
      case "delete":
        this.#remove(this.#cursor, this.#next());
        break;
      case "delete_word_left":
        this.#kill(this.#spacedWordStart(), this.#cursor);
        break;
      case "delete_word_right":
        this.#kill(this.#cursor, this.#wordEnd());
        break;
      case "kill_left":
        this.#kill(0, this.#cursor);
        break;
      case "kill_right":
        this.#kill(this.#cursor, this.#text.length);
        break;
    }
  }

  #enter(): EditOutcome {
    const text = this.#text;
    if (text !== "" && text !== this.#history.at(-1)) this.#history.push(text);
    if (this.#history.length > HISTORY_LINES_MAX) this.#history.shift();
    this.#place = this.#history.length;
    this.#draft = "";
    this.#become("");
    return { kind: "entered", text };
  }

  #insert(text: string): EditOutcome {
    const wanted = text.replace(LINE_BREAK_REGEXP, "\n").replace(UNWANTED_REGEXP, "");
    const fitting = this.#fit(wanted);
    this.#text = this.#text.slice(0, this.#cursor) + fitting + this.#text.slice(this.#cursor);
    this.#cursor += fitting.length;
    return fitting === wanted ? EDITED : { kind: "full" };
  }

  #fit(text: string): string {
    const room = this.#lengthMax - this.#text.length;
    if (text.length <= room) return text;
    const last = this.#segmenter.segment(text).containing(room);
    return text.slice(0, last?.index ?? 0);
  }

  #remove(from: number, to: number): void {
    this.#text = this.#text.slice(0, from) + this.#text.slice(to);
    this.#cursor = from;
  }

  #kill(from: number, to: number): void {
    if (from < to) this.#killed = this.#text.slice(from, to);
    this.#remove(from, to);
  }

  #recall(place: number): void {
    if (place < 0 || place > this.#history.length) return;
    if (this.#place === this.#history.length) this.#draft = this.#text;
    this.#place = place;
    this.#become(this.#history[place] ?? this.#draft);
  }

  #become(text: string): void {
    this.#text = text;
    this.#cursor = text.length;
  }

  #previous(): number {
    if (this.#cursor === 0) return 0;
    return this.#segmenter.segment(this.#text).containing(this.#cursor - 1)?.index ?? 0;
  }

  #next(): number {
    const found = this.#segmenter.segment(this.#text).containing(this.#cursor);
    return found === undefined ? this.#text.length : found.index + found.segment.length;
  }

  #wordStart(): number {
    const start = this.#skipLeft(this.#cursor, (character) => !WORD_REGEXP.test(character));
    return this.#skipLeft(start, (character) => WORD_REGEXP.test(character));
  }

  #wordEnd(): number {
    const start = this.#skipRight(this.#cursor, (character) => !WORD_REGEXP.test(character));
    return this.#skipRight(start, (character) => WORD_REGEXP.test(character));
  }

  /** As shells cut with Ctrl-W: back to the blank before the word. */
  #spacedWordStart(): number {
    const start = this.#skipLeft(this.#cursor, (character) => SPACE_REGEXP.test(character));
    return this.#skipLeft(start, (character) => !SPACE_REGEXP.test(character));
  }

  #skipLeft(from: number, skips: (character: string) => boolean): number {
    let index = from;
    for (const character of [...this.#text.slice(0, from)].reverse()) {
      if (!skips(character)) break;
      index -= character.length;
    }
    return index;
  }

  #skipRight(from: number, skips: (character: string) => boolean): number {
    let index = from;
    for (const character of this.#text.slice(from)) {
      if (!skips(character)) break;
      index += character.length;
    }
    return index;
  }
}
