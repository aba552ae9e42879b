import type { ChatStore, KeptMessage, NewChatMessage } from "../db/chat_store.ts";
import { lastingPart } from "../db/shared_chat_store.ts";
import { DeadlineError, errorText, faultEntries } from "../errors.ts";
import { type Closable, sleep } from "../lifecycle.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import { frameBytes } from "./message_bytes.ts";
import type { MessageIds } from "./message_ids.ts";
import { PendingLoad } from "./pending_load.ts";

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
  /** Whose it is. */
  readonly address: string;
  readonly frameBytes: number;
  readonly done: (outcome: Outcome) => void;
}

const DEADLINE_MS = 2000;
const BATCH_MESSAGES_MAX = 200;
/** As a client takes it on a fast line, 130 Mbit/s: who cannot keep up with much for long is let go. */
const DONE_BYTES_PER_MS = 16 * 1024;
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
  readonly #batchBytesMax: number;
  readonly #events: KeeperEvents;
  readonly #queue: Pending[] = [];
  /** Messages that are not done, by what of their ids lasts. */
  readonly #pending = new Set<string>();
  readonly #load = new PendingLoad();
  readonly #closing = new AbortController();
  readonly #faults = new LineLimit({ log, level: "error", of: "chat_done_failed", ...FEW_LINES });
  readonly #watching: Promise<void>;
  #kept = false;
  #retryPauseMs = RETRY_PAUSE_MS_MIN;
  #pumping: Promise<void> | undefined;

  /**
   * @param ids kept above those that are in the database
   * @param batchBytesMax of what is done at once, encoded as frames
   */
  constructor(store: ChatStore, ids: MessageIds, batchBytesMax: number, events: KeeperEvents) {
    this.#store = store;
    this.#ids = ids;
    this.#batchBytesMax = batchBytesMax;
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
   * which they came, in batches of 200 messages and `batchBytesMax`, unless one is larger, and no more than
   * 16 MB a second. Returns whether there was room for it.
   *
   * @param address whose it is, as `subscriberOf` has it: one may use a quarter of the room
   */
  keep(message: NewChatMessage, address: string, done: (outcome: Outcome) => void): boolean {
    if (!this.#load.add(address, bytesOf(message))) return false;
    this.#pending.add(lastingPart(message.id));
    this.#queue.push({ message, address, frameBytes: frameBytes(message), done });
    this.#pumping ??= this.#pump();
    return true;
  }

  /** Lets what was said come to rest first. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await this.#pumping;
    this.#faults.close();
  }

  async #pump(): Promise<void> {
    // No message is done before `keep` has returned.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      const bytes = batch.reduce((sum, { frameBytes }) => sum + frameBytes, 0);
      const outcomes = await this.#append(batch.map(({ message }) => message));
      for (const [index, pending] of batch.entries()) {
        this.#done(pending, outcomes[index] ?? unstored(pending.message.id));
      }
      // Postgres may be faster, and what it does not keep waits for nothing.
      const pauseMs = Math.floor(bytes / DONE_BYTES_PER_MS);
      if (pauseMs > 0) await sleep(pauseMs, this.#closing.signal);
    }
    this.#pumping = undefined;
  }

  /** Whatever comes of telling one: the others are to be told, and the next are to be kept. */
  #done({ message, address, done }: Pending, outcome: Outcome): void {
    this.#pending.delete(lastingPart(message.id));
    this.#load.remove(address, bytesOf(message));
    try {
      done(outcome);
    } catch (error) {
      if (!this.#faults.take()) return;
      log.error("Cannot tell what became of a chat message: {reason}", {
        code: "chat_done_failed",
        ...faultEntries(error),
      });
    }
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { frameBytes } of this.#queue) {
      bytes += frameBytes;
      if (count === BATCH_MESSAGES_MAX || (count > 0 && bytes > this.#batchBytesMax)) break;
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

/** In memory. */
function bytesOf({ content }: NewChatMessage): number {
  return content.kind === "text" ? content.text.length * 2 : content.data.length;
}
