import type { ChatStore, KeptMessage, NewChatMessage } from "../db/chat_store.ts";
import { lastingPart } from "../db/shared_chat_store.ts";
import { DeadlineError, errorText } from "../errors.ts";
import { type Closable, sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { MessageIds } from "./message_ids.ts";

/** What became of a message: how the history has it, or that it does not. */
export interface Outcome extends KeptMessage {
  /** Whether the history has it. */
  readonly stored: boolean;
}

/** What a keeper tells its one listener. */
export interface KeeperEvents {
  /** Whether the history is being kept has changed. */
  onKept(kept: boolean): void;
  /** Whether anybody would notice that it is not being kept. */
  isWatched(): boolean;
  /** The database is there, as it is again and again while somebody watches. */
  onLook?(): void;
}

interface Pending {
  readonly message: NewChatMessage;
  readonly done: (outcome: Outcome) => void;
}

const DEADLINE_MS = 2000;
const BATCH_MESSAGES_MAX = 200;
const BATCH_BYTES_MAX = 2 * 1024 * 1024;
const PENDING_MAX = 10_000;
const PENDING_BYTES_MAX = 64 * 1024 * 1024;
/** Between looks at a database that is there. */
const LOOK_INTERVAL_MS = 2000;
const RETRY_PAUSE_MS_MIN = 500;
const RETRY_PAUSE_MS_MAX = 30_000;

const log = logger("chat");

/**
 * Keeps what is said, in the order in which it was said. A message is done when it is in the database:
 * so what a room has heard as stored survives whatever happens next. While the database is away,
 * messages are done at once and not stored, and nothing waits for it.
 */
export class HistoryKeeper implements Closable {
  readonly #store: ChatStore;
  readonly #ids: MessageIds;
  readonly #events: KeeperEvents;
  readonly #queue: Pending[] = [];
  /** Messages that are not done, by what of their ids lasts. */
  readonly #pending = new Set<string>();
  readonly #closing = new AbortController();
  readonly #watching: Promise<void>;
  #pendingBytes = 0;
  #kept = false;
  #retryPauseMs = RETRY_PAUSE_MS_MIN;
  #pumping: Promise<void> | undefined;

  /** @param ids kept above those that are in the database */
  constructor(store: ChatStore, ids: MessageIds, events: KeeperEvents) {
    this.#store = store;
    this.#ids = ids;
    this.#events = events;
    this.#watching = this.#watch();
  }

  /** Whether what is said now is being kept. */
  get kept(): boolean {
    return this.#kept;
  }

  /** Whether the message has been accepted and is not done, although the database may have it. */
  isPending(id: string): boolean {
    return this.#pending.has(lastingPart(id));
  }

  /**
   * Keeps a message, and calls `done` when it is kept or cannot be. Messages are done in the order in
   * which they came. Returns whether there was room for it.
   */
  keep(message: NewChatMessage, done: (outcome: Outcome) => void): boolean {
    const bytes = bytesOf(message);
    if (this.#pending.size >= PENDING_MAX || this.#pendingBytes + bytes > PENDING_BYTES_MAX) {
      return false;
    }
    this.#pending.add(lastingPart(message.id));
    this.#pendingBytes += bytes;
    this.#queue.push({ message, done });
    this.#pumping ??= this.#pump();
    return true;
  }

  /** Lets what was said come to rest first. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await this.#pumping;
  }

  async #pump(): Promise<void> {
    // No message is done before `keep` has returned.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      const outcomes = await this.#append(batch.map(({ message }) => message));
      batch.forEach(({ message, done }, index) => {
        this.#pending.delete(lastingPart(message.id));
        this.#pendingBytes -= bytesOf(message);
        done(outcomes[index] ?? unstored(message.id));
      });
    }
    this.#pumping = undefined;
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { message } of this.#queue) {
      bytes += bytesOf(message);
      if (count === BATCH_MESSAGES_MAX || (count > 0 && bytes > BATCH_BYTES_MAX)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** Tries twice, because a connection that was ended says nothing of the next. */
  async #append(messages: readonly NewChatMessage[]): Promise<readonly Outcome[]> {
    // What is told as not stored may be stored all the same, and must then be known by its id.
    let ids: readonly string[] = messages.map(({ id }) => id);
    for (let attempt = 1; this.#kept; attempt += 1) {
      try {
        const kept = await this.#store.append(messages, DEADLINE_MS, (latest) => ids = latest);
        this.#retryPauseMs = RETRY_PAUSE_MS_MIN;
        return kept.map((found) => ({ ...found, stored: true }));
      } catch (error) {
        if (attempt === 1 && !(error instanceof DeadlineError)) continue;
        // A database that reads but does not write would otherwise come and go with every message.
        this.#retryPauseMs = Math.min(this.#retryPauseMs * 2, RETRY_PAUSE_MS_MAX);
        this.#lose(error);
      }
    }
    return ids.map(unstored);
  }

  /** Looks for the database, until it is there and again and again after that. */
  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      if (!this.#kept || this.#events.isWatched()) await this.#look();
      await sleep(this.#kept ? LOOK_INTERVAL_MS : this.#retryPauseMs, signal);
    }
  }

  async #look(): Promise<void> {
    try {
      const newest = await this.#store.newestId(DEADLINE_MS);
      if (newest !== undefined) this.#ids.raise(newest);
      if (!this.#kept) {
        this.#kept = true;
        log.info("Chat history is being kept", { code: "chat_history_on" });
        this.#events.onKept(true);
      }
      this.#events.onLook?.();
    } catch (error) {
      this.#lose(error);
    }
  }

  #lose(error: unknown): void {
    if (!this.#kept) return;
    this.#kept = false;
    log.warn("Chat history is not being kept: {reason}", {
      code: "chat_history_off",
      reason: errorText(error),
    });
    this.#events.onKept(false);
  }
}

function unstored(id: string): Outcome {
  return { id, isEarlier: false, stored: false };
}

function bytesOf({ content }: NewChatMessage): number {
  return content.kind === "text" ? content.text.length * 2 : content.data.length;
}
