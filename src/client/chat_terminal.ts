import { sleep } from "../lifecycle.ts";
import { COMMAND_WORDS } from "./chat_line.ts";
import type { ChatProgram } from "./chat_program.ts";
import { LineEditor } from "./line_editor.ts";
import type { PromptScreen } from "./prompt_screen.ts";
import type { TerminalChatView } from "./terminal_chat_view.ts";
import { type Key, KeyDecoder } from "./terminal_keys.ts";

/** What a user types on, in raw mode. */
export interface KeyInput {
  readonly readable: ReadableStream<Uint8Array>;
}

/** Twice what a message may have: who pastes too much is told so and can shorten it. */
const LINE_LENGTH_MAX = 16_000;
/** A terminal sends a key's sequence at once; an ESC that stays alone so long is the key Esc. */
const ESCAPE_WAIT_MS = 100;
const FINISH_DEADLINE_MS = 2000;

/** Joins keys, line and program. Commands are worked off one after the other, in the order typed. */
export class ChatTerminal {
  readonly #program: ChatProgram;
  readonly #view: TerminalChatView;
  readonly #screen: PromptScreen;
  readonly #editor = new LineEditor(LINE_LENGTH_MAX);
  #work: Promise<unknown> = Promise.resolve();

  constructor(program: ChatProgram, view: TerminalChatView, screen: PromptScreen) {
    this.#program = program;
    this.#view = view;
    this.#screen = screen;
  }

  /** Obeys the keys until the user leaves, the input ends, or the signal aborts. */
  async run(input: KeyInput, signal: AbortSignal): Promise<void> {
    const reader = input.readable.getReader();
    const leave = () => void reader.cancel();
    signal.addEventListener("abort", leave, { once: true });
    const decoder = new KeyDecoder();
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      this.#view.type(this.#editor);
      while (!signal.aborted) {
        const { value, done } = await reader.read();
        clearTimeout(timer);
        if (done) break;
        if (this.#pressAll(decoder.push(value), leave) === "leave") break;
        if (decoder.isPending) timer = setTimeout(() => decoder.flush(), ESCAPE_WAIT_MS);
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      leave();
    }
    await this.#finish();
  }

  /** What was entered before leaving is done; what waits for a server that is silent is not. */
  async #finish(): Promise<void> {
    const over = new AbortController();
    const work = this.#work.finally(() => over.abort());
    await Promise.race([work, sleep(FINISH_DEADLINE_MS, over.signal)]);
  }

  #pressAll(keys: readonly Key[], leave: () => void): "stay" | "leave" {
    for (const key of keys) {
      if (key.kind === "action" && key.action === "complete") {
        this.#complete();
        continue;
      }
      const outcome = this.#editor.press(key);
      if (outcome.kind === "left") return "leave";
      if (outcome.kind === "entered") this.#enter(outcome.text, leave);
      else if (outcome.kind === "full") this.#screen.ring();
      else if (outcome.kind === "redraw") this.#screen.clear();
    }
    this.#view.type(this.#editor);
    return "stay";
  }

  #enter(line: string, leave: () => void): void {
    // Before the line's own output, so that it appears below an empty prompt's place at once.
    this.#view.type(this.#editor);
    this.#work = this.#work.then(async () => {
      if (await this.#program.run(line) === "leave") leave();
    });
  }

  /** A command's word at the beginning of the line, else the name of somebody in the room. */
  #complete(): void {
    const before = this.#editor.text.slice(0, this.#editor.cursor);
    const word = /\S*$/.exec(before)?.[0] ?? "";
    const isFirst = word.length === before.length;
    const words = isFirst && word.startsWith("/") ? COMMAND_WORDS : this.#program.users;
    const found = words.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()));
    const [only] = found;
    if (word === "" || found.length !== 1 || only === undefined) return this.#screen.ring();
    this.#editor.replaceBefore(
      word.length,
      only + (isFirst && words !== COMMAND_WORDS ? ": " : " "),
    );
  }
}
