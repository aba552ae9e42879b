/** What a key does to the line that is being typed. */
export type LineAction =
  | "backspace"
  | "delete"
  | "delete_word_left"
  | "delete_word_right"
  | "end"
  | "home"
  | "kill_left"
  | "kill_right"
  | "left"
  | "right"
  | "word_left"
  | "word_right";

/** What a key on a terminal asks for, whichever bytes its terminal sends. */
export type KeyAction =
  | LineAction
  | "complete"
  | "down"
  | "end_of_input"
  | "enter"
  | "interrupt"
  | "new_line"
  | "redraw"
  | "up"
  | "yank";

/** One stroke of a key, or what was typed or pasted at once. */
export type Key =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "paste"; readonly text: string }
  | { readonly kind: "action"; readonly action: KeyAction };

const CONTROL_KEYS: Readonly<Record<string, KeyAction>> = {
  "\x01": "home",
  "\x02": "left",
  "\x03": "interrupt",
  "\x04": "end_of_input",
  "\x05": "end",
  "\x06": "right",
  "\x08": "backspace",
  "\x09": "complete",
  "\x0a": "enter",
  "\x0b": "kill_right",
  "\x0c": "redraw",
  "\x0d": "enter",
  "\x0e": "down",
  "\x10": "up",
  "\x15": "kill_left",
  "\x17": "delete_word_left",
  "\x19": "yank",
  "\x7f": "backspace",
};

/** After ESC: what terminals send for Alt and a key. */
const ALT_KEYS: Readonly<Record<string, KeyAction>> = {
  "b": "word_left",
  "d": "delete_word_right",
  "f": "word_right",
  "\x08": "delete_word_left",
  "\x0a": "new_line",
  "\x0d": "new_line",
  "\x7f": "delete_word_left",
};

/** After ESC and `[` or `O`. Terminals differ; each of these is sent by some. */
const SEQUENCE_KEYS: Readonly<Record<string, KeyAction>> = {
  "A": "up",
  "B": "down",
  "C": "right",
  "D": "left",
  "F": "end",
  "H": "home",
  "1~": "home",
  "3~": "delete",
  "4~": "end",
  "7~": "home",
  "8~": "end",
  "1;3C": "word_right",
  "1;3D": "word_left",
  "1;5C": "word_right",
  "1;5D": "word_left",
  "3;3~": "delete_word_right",
  "3;5~": "delete_word_right",
  "5C": "word_right",
  "5D": "word_left",
};

const ESCAPE = "\x1b";
const PASTE_BEGIN = "200~";
const PASTE_END = "\x1b[201~";
/** The text of a paste beyond it is dropped; far above what a chat message may have. */
const PASTE_CHARACTERS_MAX = 100_000;
/** No key sends more; what does, such as the answer to a question that nobody asked, is left out. */
const SEQUENCE_CHARACTERS_MAX = 256;
const SEQUENCE_REGEXP = /^[0-?]*[ -/]*[@-~]/;
const UNFINISHED_REGEXP = /^[0-?]*[ -/]*$/;
const CONTROL_REGEXP = /\p{Cc}/u;

/**
 * Turns what a terminal in raw mode sends into keys. Characters and sequences may come in pieces, as
 * reads happen to split them; sequences that mean nothing here are left out whole.
 */
export class KeyDecoder {
  readonly #decoder = new TextDecoder();
  /** The beginning of a sequence whose rest has not come yet. */
  #rest = "";
  /** The text of a paste that has not ended. */
  #paste: string | undefined;

  /** Whether the next bytes may still belong to what was read before. */
  get isPending(): boolean {
    return this.#rest !== "" && this.#paste === undefined;
  }

  /** What these bytes complete. */
  push(bytes: Uint8Array): Key[] {
    const keys: Key[] = [];
    let text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    this.#rest = "";
    while (text !== "") {
      const used = this.#paste === undefined
        ? this.#readKey(text, keys)
        : this.#readPaste(text, keys);
      if (used === 0) break;
      text = text.slice(used);
    }
    this.#rest = text;
    return keys;
  }

  /** Gives up waiting for the rest of a sequence: it was the key Esc alone, or a broken one. */
  flush(): void {
    if (this.isPending) this.#rest = "";
  }

  /** Adds the first key of the text and returns its length; 0 when more of it has to come. */
  #readKey(text: string, keys: Key[]): number {
    if (text.startsWith(ESCAPE)) return this.#readEscape(text, keys);
    const control = text.search(CONTROL_REGEXP);
    if (control === 0) {
      const action = CONTROL_KEYS[text.charAt(0)];
      if (action !== undefined) keys.push({ kind: "action", action });
      return 1;
    }
    const typed = control < 0 ? text : text.slice(0, control);
    keys.push({ kind: "text", text: typed });
    return typed.length;
  }

  #readEscape(text: string, keys: Key[]): number {
    const second = text.charAt(1);
    if (second === "") return 0;
    if (second === "[" || second === "O") return this.#readSequence(text, keys);
    if (second === "]" || second === "P" || second === "_" || second === "^" || second === "X") {
      return stringLength(text);
    }
    // Esc was pressed, and then a key that begins with one.
    if (second === ESCAPE) return 1;
    const action = ALT_KEYS[second];
    if (action !== undefined) keys.push({ kind: "action", action });
    return 1 + (/^[^]/u.exec(text.slice(1))?.[0].length ?? 0);
  }

  #readSequence(text: string, keys: Key[]): number {
    const body = text.slice(2, 2 + SEQUENCE_CHARACTERS_MAX);
    // The function keys of the Linux console: ESC [ [ and a letter.
    if (body.startsWith("[")) return body.length < 2 ? 0 : 4;
    const sequence = SEQUENCE_REGEXP.exec(body)?.[0];
    if (sequence === undefined) {
      const isUnfinished = UNFINISHED_REGEXP.test(body) && body.length < SEQUENCE_CHARACTERS_MAX;
      return isUnfinished ? 0 : brokenLength(body) + 2;
    }
    const action = SEQUENCE_KEYS[sequence];
    if (sequence === PASTE_BEGIN) this.#paste = "";
    else if (action !== undefined) keys.push({ kind: "action", action });
    return 2 + sequence.length;
  }

  #readPaste(text: string, keys: Key[]): number {
    const end = text.indexOf(PASTE_END);
    // The end mark itself may come in pieces.
    const kept = end >= 0 ? end : text.length - partialEndLength(text);
    const pasted = `${this.#paste ?? ""}${text.slice(0, kept)}`.slice(0, PASTE_CHARACTERS_MAX);
    if (end < 0) {
      this.#paste = pasted;
      return kept;
    }
    this.#paste = undefined;
    keys.push({ kind: "paste", text: pasted });
    return end + PASTE_END.length;
  }
}

/** Length of an operating system command or the like, which ends with BEL or ESC and a backslash. */
function stringLength(text: string): number {
  const ends = ["\x07", "\x1b\\"].flatMap((mark) => {
    const index = text.indexOf(mark, 2);
    return index < 0 ? [] : [index + mark.length];
  });
  if (ends.length > 0) return Math.min(...ends);
  return text.length < SEQUENCE_CHARACTERS_MAX ? 0 : text.length;
}

/** How much of a sequence that no terminal sends is to be left out: up to what cannot belong to it. */
function brokenLength(body: string): number {
  return /^[ -?]*/.exec(body)?.[0].length ?? 0;
}

function partialEndLength(text: string): number {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(PASTE_END.slice(0, length))) return length;
  }
  return 0;
}
