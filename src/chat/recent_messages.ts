import type { ChatMessage } from "../db/chat_store.ts";

/** A message that a room was told, and what became of it. */
export interface ToldMessage {
  readonly message: ChatMessage;
  readonly key: string | undefined;
  readonly stored: boolean;
}

const MESSAGES_MAX = 100;
const BYTES_MAX = 512 * 1024;

/**
 * What was last said in a room, at most 100 messages and 512 KB. It covers what a reader of the database
 * cannot see yet, and all of it while the database is away.
 */
export class RecentMessages {
  #told: ToldMessage[] = [];
  #bytes = 0;

  /** Adds the newest. */
  add(told: ToldMessage): void {
    this.#told.push(told);
    this.#bytes += bytesOf(told.message);
    while (this.#told.length > MESSAGES_MAX || this.#bytes > BYTES_MAX) {
      const oldest = this.#told.shift();
      if (oldest === undefined) return;
      this.#bytes -= bytesOf(oldest.message);
    }
  }

  /** The message with this key, if it was said lately. */
  find(key: string | undefined): ToldMessage | undefined {
    return key === undefined ? undefined : this.#told.find((told) => told.key === key);
  }

  /** Oldest first. */
  messages(): readonly ChatMessage[] {
    return this.#told.map(({ message }) => message);
  }
}

function bytesOf({ content }: ChatMessage): number {
  return content.kind === "text" ? content.text.length * 2 : content.data.length;
}
