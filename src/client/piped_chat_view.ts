import type { ChatSaid, ChatSystem } from "../session/chat_protocol.ts";
import { receivedText } from "./chat_format.ts";
import type { ChatView } from "./chat_view.ts";
import { printable } from "./terminal_text.ts";

/** Where a chat in a pipe goes. */
export interface PipedChatOutput {
  /** One line for standard output. */
  print(line: string): void;
  /** One line for whoever watches over the program. */
  report(level: "info" | "error", message: string): void;
}

const NOBODY = "*";

/**
 * A chat in a pipe: one line for whatever anybody says, with time, name and text between tabs. The name
 * of an announcement is `*`, which no user can have.
 */
export class PipedChatView implements ChatView {
  readonly #output: PipedChatOutput;

  constructor(output: PipedChatOutput) {
    this.#output = output;
  }

  said(said: ChatSaid, number: number | undefined): void {
    const text = said.type === "message"
      ? oneLine(said.content)
      : `sent ${receivedText(said)}${number === undefined ? "" : ` (/save ${number})`}`;
    this.#row(said.timestamp, said.username, text);
  }

  /** Whoever wrote it into the pipe knows it. */
  own(): void {}

  system(system: ChatSystem): void {
    this.#row(system.timestamp, NOBODY, oneLine(system.content));
  }

  answer(text: string): void {
    for (const line of text.split("\n")) this.#row(Date.now() / 1000, NOBODY, printable(line));
  }

  note(text: string): void {
    this.#output.report("info", printable(text));
  }

  fault(text: string): void {
    this.#output.report("error", printable(text));
  }

  /** There is no prompt. */
  status(): void {}

  #row(timestamp: number, name: string, text: string): void {
    this.#output.print([timeText(timestamp), printable(name), text].join("\t"));
  }
}

function oneLine(text: string): string {
  return printable(text.replaceAll("\n", " ↵ ").replaceAll("\t", " "));
}

/** A server may send any number; a date has its limits. */
function timeText(timestamp: number): string {
  const date = new Date(timestamp * 1000);
  return Number.isNaN(date.getTime()) ? "-" : date.toISOString();
}
