import type { RequestId } from "../session/protocol.ts";
import type { Clock } from "./clock.ts";

interface Pending<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

const PENDING_MAX_DEFAULT = 16;

/** Requests whose reply is awaited, each with a deadline. */
export class PendingReplies<T> {
  readonly #clock: Clock;
  readonly #pendingMax: number;
  readonly #pending = new Map<RequestId, Pending<T>>();

  /** @param pendingMax how many requests may wait at a time */
  constructor(clock: Clock, pendingMax: number = PENDING_MAX_DEFAULT) {
    this.#clock = clock;
    this.#pendingMax = pendingMax;
  }

  /**
   * Waits for the reply to a request.
   *
   * @param action what is being asked, for the message: "read the server's stats"
   * @throws {Error} when no reply comes within `deadlineMs`, or as many requests as may wait do already
   */
  async wait(id: RequestId, deadlineMs: number, action: string): Promise<T> {
    const max = this.#pendingMax;
    if (this.#pending.size >= max) {
      throw new Error(`Cannot ${action}: must have at most ${max} requests waiting`);
    }
    const promise = new Promise<T>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    const cancel = this.#clock.schedule(
      () => this.fail(id, new Error(`Cannot ${action}: must end within ${deadlineMs} ms`)),
      deadlineMs,
    );
    try {
      return await promise;
    } finally {
      cancel();
      this.#pending.delete(id);
    }
  }

  /** Hands over a reply; returns whether anybody waited for it. */
  settle(id: RequestId, value: T): boolean {
    const pending = this.#pending.get(id);
    pending?.resolve(value);
    return pending !== undefined;
  }

  /** Rejects one request; returns whether anybody waited for it. */
  fail(id: RequestId, error: Error): boolean {
    const pending = this.#pending.get(id);
    pending?.reject(error);
    return pending !== undefined;
  }

  /** Rejects all requests: their connection has ended. */
  failAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
  }
}
