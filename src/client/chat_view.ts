import type { ChatSaid, ChatSystem } from "../session/chat_protocol.ts";
import type { OutgoingContent } from "./outgoing_message.ts";

/** Where what happens in a chat is shown: a terminal, or a pipe. Everything in it is untrusted text. */
export interface ChatView {
  /**
   * Somebody has said something.
   *
   * @param number under which `/save` finds what was sent as bytes
   */
  said(said: ChatSaid, number: number | undefined): void;
  /** The user has said something. */
  own(username: string, message: OutgoingContent): void;
  /** Somebody came, left or was renamed, or the history stopped or went on. */
  system(system: ChatSystem): void;
  /** What a command was asked for. */
  answer(text: string): void;
  /** What the program does by itself, such as to reconnect. */
  note(text: string): void;
  /** Something that could not be done. */
  fault(text: string): void;
  /** Name and connection, for the prompt. */
  status(status: ChatStatus): void;
}

/** How the user stands to the room. */
export interface ChatStatus {
  /** The name in use or wanted; undefined until one is known. */
  readonly username: string | undefined;
  /** `away` from the server, `refused` by it, or `joined`. */
  readonly phase: "away" | "refused" | "joined";
}
