import type { ChatSaid, ChatSystem } from "../session/chat_protocol.ts";
import type { ChatFormat } from "./chat_format.ts";
import type { ChatStatus, ChatView } from "./chat_view.ts";
import type { TypedLine } from "./line_view.ts";
import type { OutgoingContent } from "./outgoing_message.ts";
import type { PromptScreen } from "./prompt_screen.ts";
import { printable } from "./terminal_text.ts";

/** What the prompt says besides the name. */
const STANDING: Readonly<Record<ChatStatus["phase"], string>> = {
  away: "(not connected)",
  refused: "(not in the room)",
  joined: "",
};

/** A chat on a terminal: what happens scrolls up above the line that is being typed. */
export class TerminalChatView implements ChatView {
  readonly #screen: PromptScreen;
  readonly #format: ChatFormat;
  #line: TypedLine = { text: "", cursor: 0 };
  #prompt = "> ";

  constructor(screen: PromptScreen, format: ChatFormat) {
    this.#screen = screen;
    this.#format = format;
  }

  /** Shows the line that is being typed. */
  type(line: TypedLine): void {
    this.#line = { text: line.text, cursor: line.cursor };
    this.#screen.draw(this.#prompt, this.#line);
  }

  said(said: ChatSaid, number: number | undefined): void {
    this.#screen.print(this.#format.said(said, Date.now(), number));
  }

  own(username: string, message: OutgoingContent): void {
    this.#screen.print(this.#format.own(username, message, Date.now()));
  }

  system(system: ChatSystem): void {
    this.#screen.print(this.#format.system(system, Date.now()));
  }

  answer(text: string): void {
    this.note(text);
  }

  note(text: string): void {
    this.#screen.print(this.#format.note(text, Date.now()));
  }

  fault(text: string): void {
    this.#screen.print(this.#format.fault(text));
  }

  status({ username, phase }: ChatStatus): void {
    const words = [printable(username ?? ""), STANDING[phase]].filter((word) => word !== "");
    this.#prompt = `${words.join(" ")}> `;
    this.#screen.draw(this.#prompt, this.#line);
  }
}
