import type { ChatMessage } from "../db/chat_store.ts";

/** A message that a room was told, and what became of it. */
export interface ToldMessage {
  readonly message: ChatMessage;
  readonly key: string | undefined;
  readonly stored: boolean;
}

const MESSAGES_MAX = 100;
const BYTES_MAX = 512 * 1024;
const BYTES_MAX_IN_ALL = 64 * 1024 * 1024;
/** Of a message beside its content: ids, names, key (measured: 520 bytes with a text, 410 with a file). */
const MESSAGE_BYTES = 512;

/**
 * What all rooms together may remember. A room alone is kept small, but there are thousands, all in the main
 * isolate. Those in which nothing was said for longest forget first, and all of it: the history
 * has it, unless the database was away. Then it is gone, and what is sent again may be told again.
 */
export class RecentBudget {
  readonly #bytesMax: number;
  /** What each room holds, in the order in which something was last said there. */
  readonly #held = new Map<RecentMessages, number>();
  #bytes = 0;

  /** @param bytesMax for tests that cannot say as much */
  constructor(bytesMax = BYTES_MAX_IN_ALL) {
    this.#bytesMax = bytesMax;
  }

  /** What all rooms hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Says what a room holds now that something was said there, or that it has forgotten. */
  note(room: RecentMessages, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(room) ?? 0);
    this.#held.delete(room);
    if (bytes > 0) this.#held.set(room, bytes);
    for (const [silent] of this.#held) {
      if (this.#bytes <= this.#bytesMax) return;
      silent.clear();
    }
  }
}

/**
 * What was last said in a room, at most 100 messages and 512 KB, and less where all rooms together hold too
 * much. It covers what a reader of the database cannot see yet, and all of it while the database is away.
 */
export class RecentMessages {
  readonly #budget: RecentBudget;
  #told: ToldMessage[] = [];
  #bytes = 0;

  /** @param budget shared by all rooms */
  constructor(budget: RecentBudget = new RecentBudget()) {
    this.#budget = budget;
  }

  /** Adds the newest. */
  add(told: ToldMessage): void {
    this.#told.push(told);
    this.#bytes += bytesOf(told.message);
    while (this.#told.length > MESSAGES_MAX || this.#bytes > BYTES_MAX) {
      const oldest = this.#told.shift();
      if (oldest === undefined) break;
      this.#bytes -= bytesOf(oldest.message);
    }
    this.#budget.note(this, this.#bytes);
  }

  /** Forgets everything. MUST be called when the room is gone, or it counts on until others need the memory. */
  clear(): void {
    this.#told = [];
    this.#bytes = 0;
    this.#budget.note(this, 0);
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
  const contentBytes = content.kind === "text" ? content.text.length * 2 : content.data.length;
  return MESSAGE_BYTES + contentBytes;
}
