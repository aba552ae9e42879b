import type { Session } from "./session.ts";

/** Whoever has something to send that it could not send yet. */
export interface Waiter {
  readonly session: Pick<Session, "waiting" | "ready">;
}

/** How a line gets done what it looks after. */
export interface WaitingLineOptions<W extends Waiter> {
  /** Lets one send a part; one that then waits still MUST be added again. */
  act(waiter: W, nowMs: number): void;
  /** Asks for `pump` to be called soon, and until it returns false. */
  wake(): void;
  /** Asks for `turn` to be called in the next turn of the event loop, and until it returns false. */
  queue(): void;
}

/** Those of a group who wait: for their clients, or for their turn. */
export class WaitingLine<W extends Waiter> {
  readonly #options: WaitingLineOptions<W>;
  /** For their clients. */
  readonly #waiting = new Set<W>();
  /** For their turn, in this order. */
  readonly #queued = new Set<W>();

  constructor(options: WaitingLineOptions<W>) {
    this.#options = options;
  }

  /** Something waits there. Harmless when that is known. */
  add(waiter: W): void {
    if (waiter.session.ready === true) {
      this.#waiting.delete(waiter);
      this.#queued.add(waiter);
      return this.#options.queue();
    }
    if (this.#queued.has(waiter)) return;
    this.#waiting.add(waiter);
    this.#options.wake();
  }

  /** It is over, or nothing waits any more. */
  delete(waiter: W): void {
    this.#waiting.delete(waiter);
    this.#queued.delete(waiter);
  }

  /** Lets those who wait for their clients send what they can. Returns whether something still waits. */
  pump(nowMs: number): boolean {
    for (const waiter of this.#waiting) {
      if (waiter.session.ready === true) {
        this.add(waiter);
        continue;
      }
      this.#options.act(waiter, nowMs);
      if (!waiter.session.waiting) this.#waiting.delete(waiter);
    }
    return this.#waiting.size > 0;
  }

  /**
   * Lets those whose turn it is send a part of what waits, one after the other and one at least, until
   * `isOver` says so or there is none. Whoever has more to send goes behind the others. Returns whether
   * some are left.
   */
  turn(isOver: () => boolean): boolean {
    for (const waiter of this.#queued) {
      this.#queued.delete(waiter);
      this.#options.act(waiter, performance.now());
      if (isOver()) break;
    }
    return this.#queued.size > 0;
  }
}
