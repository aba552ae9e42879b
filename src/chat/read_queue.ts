import { errorText } from "../errors.ts";
import type { Closable } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { Turns } from "./turns.ts";

/** For whom the history is read: for a room that has to be told of it, somebody who comes in, or who asks. */
export type Reader =
  | { readonly purpose: "room" }
  | {
    readonly purpose: "join" | "request";
    /** Addresses take turns. */
    readonly address: string;
    /** Aborted when nobody waits for it any more. */
    readonly signal: AbortSignal;
  };

/** Reads at once: each has a connection of its own, so that its deadline runs from when Postgres has it. */
export const READS_MAX = 2;

/** The longest queue that a read joins. Who asks can ask again; who comes in would go without. */
const WAITING_MAX = { room: 10_000, join: 5000, request: 200 } as const;
const WAIT_MS_MAX = 10_000;
/** Thousands of addresses may wait, and each is looked at. */
const OVERDUE_LOOK_INTERVAL_MS = 100;
const FAULT_LOG_INTERVAL_MS = 60_000;

interface Waiting {
  readonly untilMs: number;
  readonly start: () => Promise<void>;
  readonly giveUp: () => void;
}

const log = logger("chat");

/**
 * Lets two reads of the history at a time through to the database, those for whole rooms first, then of
 * each address in turn. A crowd that reads thus takes nothing from those who speak, whose messages go
 * another way; one address that reads much takes no place from the others; and a read that fails says
 * nothing about whether messages are kept.
 */
export class ReadQueue implements Closable {
  readonly #isReadable: () => boolean;
  readonly #waiting = {
    room: new Turns<Waiting>(WAITING_MAX.room),
    join: new Turns<Waiting>(WAITING_MAX.join),
    request: new Turns<Waiting>(WAITING_MAX.request),
  };
  #running = 0;
  #areRequestsNext = false;
  #isClosed = false;
  #overdueLookAtMs = 0;
  #faultLogAtMs = 0;

  /** @param isReadable whether the database is there at all; while it is not, nobody waits for it */
  constructor(isReadable: () => boolean) {
    this.#isReadable = isReadable;
  }

  /**
   * Reads when it is its turn; `undefined` when too many wait, when it takes too long, when it fails, and
   * when nobody waits for it any more.
   */
  read<T>(reader: Reader, read: () => Promise<T>): Promise<T | undefined> {
    const signal = reader.purpose === "room" ? undefined : reader.signal;
    if (this.#isClosed || signal?.aborted) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    const waiting: Waiting = {
      untilMs: performance.now() + WAIT_MS_MAX,
      start: async () => resolve(await this.#attempt(read)),
      giveUp: () => resolve(undefined),
    };
    const turns = this.#waiting[reader.purpose];
    const owner = reader.purpose === "room" ? "" : reader.address;
    turns.add(owner, waiting)?.giveUp();
    signal?.addEventListener("abort", () => {
      turns.remove(owner, waiting);
      // One that is running keeps its place until the database is done with it.
      waiting.giveUp();
    }, { once: true });
    this.#next();
    return promise;
  }

  /** Whoever waits goes without. */
  close(): void {
    this.#isClosed = true;
    this.#giveUp(() => true);
  }

  #next(): void {
    this.#giveUpOverdue();
    while (this.#running < READS_MAX) {
      const waiting = this.#take();
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
    if (nowMs < this.#overdueLookAtMs) return;
    this.#overdueLookAtMs = nowMs + OVERDUE_LOOK_INTERVAL_MS;
    this.#giveUp(({ untilMs }) => nowMs > untilMs);
  }

  /** Those who come in and those who ask take turns as well. */
  #take(): Waiting | undefined {
    const { room, join, request } = this.#waiting;
    const repair = room.take();
    if (repair !== undefined) return repair;
    const [first, second] = this.#areRequestsNext ? [request, join] : [join, request];
    this.#areRequestsNext = !this.#areRequestsNext;
    return first.take() ?? second.take();
  }

  #giveUp(old: (waiting: Waiting) => boolean): void {
    for (const turns of Object.values(this.#waiting)) {
      for (const { giveUp } of turns.takeOld(old)) giveUp();
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
