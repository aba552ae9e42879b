import { errorText } from "../errors.ts";
import type { Closable } from "../lifecycle.ts";
import { logger } from "../log.ts";

/** For whom the history is read: for a room that has to be told of it, somebody who comes in, or who asks. */
export type ReadPurpose = "room" | "join" | "request";

/** Reads at once: each has a connection of its own, so that its deadline runs from when Postgres has it. */
export const READS_MAX = 2;

/** The longest queue that a read joins. Who asks can ask again; who comes in would go without. */
const WAITING_MAX: Readonly<Record<ReadPurpose, number>> = {
  room: 10_000,
  join: 5000,
  request: 200,
};
const WAIT_MS_MAX = 10_000;
const FAULT_LOG_INTERVAL_MS = 60_000;

interface Waiting {
  readonly untilMs: number;
  readonly start: () => Promise<void>;
  readonly giveUp: () => void;
}

const log = logger("chat");

/**
 * Lets two reads of the history at a time through to the database, those for whole rooms first. A crowd
 * that reads thus takes nothing from those who speak, whose messages go another way, and a read that
 * fails says nothing about whether messages are kept.
 */
export class ReadQueue implements Closable {
  readonly #isReadable: () => boolean;
  readonly #rooms: Waiting[] = [];
  readonly #clients: Waiting[] = [];
  #running = 0;
  #isClosed = false;
  #faultLogAtMs = 0;

  /** @param isReadable whether the database is there at all; while it is not, nobody waits for it */
  constructor(isReadable: () => boolean) {
    this.#isReadable = isReadable;
  }

  /** Reads when it is its turn; `undefined` when too many wait, when it takes too long, and when it fails. */
  read<T>(purpose: ReadPurpose, read: () => Promise<T>): Promise<T | undefined> {
    const queue = purpose === "room" ? this.#rooms : this.#clients;
    if (this.#isClosed || queue.length >= WAITING_MAX[purpose]) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    queue.push({
      untilMs: performance.now() + WAIT_MS_MAX,
      start: async () => resolve(await this.#attempt(read)),
      giveUp: () => resolve(undefined),
    });
    this.#next();
    return promise;
  }

  /** Whoever waits goes without. */
  close(): void {
    this.#isClosed = true;
    for (const { giveUp } of [...this.#rooms.splice(0), ...this.#clients.splice(0)]) giveUp();
  }

  #next(): void {
    this.#giveUpOverdue();
    while (this.#running < READS_MAX) {
      const waiting = this.#rooms.shift() ?? this.#clients.shift();
      if (waiting === undefined) return;
      if (!this.#isReadable()) {
        waiting.giveUp();
        continue;
      }
      this.#running += 1;
      void waiting.start();
    }
  }

  /** Looked at whenever a read ends, which none takes more than seconds to: rooms may go first for long. */
  #giveUpOverdue(): void {
    const nowMs = performance.now();
    for (const queue of [this.#rooms, this.#clients]) {
      while (queue[0] !== undefined && nowMs > queue[0].untilMs) queue.shift()?.giveUp();
    }
  }

  async #attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#note(error);
      return undefined;
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  #note(error: unknown): void {
    // While the database is away this is no news: the keeper tells of that.
    const isNews = !this.#isClosed && this.#isReadable();
    if (!isNews || performance.now() < this.#faultLogAtMs) return;
    this.#faultLogAtMs = performance.now() + FAULT_LOG_INTERVAL_MS;
    log.warn("Cannot read the chat's history: {reason}", {
      code: "chat_read_failed",
      reason: errorText(error),
    });
  }
}
