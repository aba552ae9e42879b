import { setImmediate } from "node:timers";

/** What `Date.now` goes by, on one machine. */
export interface MachineClock {
  /** Of the right time. */
  aheadMs: number;
}

/**
 * What stops together: an isolate of the server, a client's program. What it has scheduled dies with it,
 * and waits while it is blocked.
 */
export class Isolate {
  readonly name: string;
  readonly clock: MachineClock;
  #alive = true;
  /** Nothing runs in it before, as when JavaScript is busy. */
  blockedUntilMs = 0;
  /** What is sent to all isolates reaches it so much later. */
  lagMs = 0;

  constructor(name: string, clock: MachineClock = { aheadMs: 0 }) {
    this.name = name;
    this.clock = clock;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Ends it without a word. */
  kill(): void {
    this.#alive = false;
  }
}

interface Task {
  atMs: number;
  order: number;
  readonly isolate: Isolate;
  readonly run: () => void;
  cancelled: boolean;
}

/** Gives up what has been scheduled; harmless afterwards. */
export type Cancel = () => void;

/**
 * Time, and everything that will happen in it. Of two things due at the same moment the one that was
 * scheduled first happens first, so that nothing depends on the machine.
 */
export class EventLoop {
  /** The network, the clock on the wall: what no fault stops. */
  readonly world: Isolate = new Isolate("world");
  #current: Isolate = this.world;
  #nowMs = 0;
  #order = 0;
  readonly #onUncaught: (isolate: Isolate, error: unknown) => void;
  /** A binary heap, the next task first. */
  readonly #heap: Task[] = [];

  /** @param onUncaught told of what would have ended the program */
  constructor(onUncaught: (isolate: Isolate, error: unknown) => void) {
    this.#onUncaught = onUncaught;
  }

  /** Milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Whose task is running. */
  get current(): Isolate {
    return this.#current;
  }

  /** Runs `task` in an isolate, `delayMs` from now. */
  schedule(isolate: Isolate, delayMs: number, task: () => void): Cancel {
    const scheduled: Task = {
      atMs: this.#nowMs + Math.max(delayMs, 0),
      order: this.#order += 1,
      isolate,
      run: task,
      cancelled: false,
    };
    this.#push(scheduled);
    return () => scheduled.cancelled = true;
  }

  /** Runs `task` now, as a part of an isolate. */
  within<T>(isolate: Isolate, task: () => T): T {
    const outer = this.#current;
    this.#current = isolate;
    try {
      return task();
    } finally {
      this.#current = outer;
    }
  }

  /** Lets time pass up to `untilMs`, or until `stopped` says so. */
  async run(untilMs: number, stopped: () => boolean): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && !stopped(); next = this.#heap[0]) {
      if (next.atMs > untilMs) break;
      this.#pop();
      if (next.cancelled || !next.isolate.alive) continue;
      if (next.isolate.blockedUntilMs > next.atMs) {
        next.atMs = next.isolate.blockedUntilMs;
        this.#push(next);
        continue;
      }
      this.#nowMs = next.atMs;
      this.#current = next.isolate;
      try {
        next.run();
      } catch (error) {
        this.#onUncaught(next.isolate, error);
      }
      // What awaits something goes on before anything else happens, still as a part of its isolate.
      await new Promise((resolve) => setImmediate(resolve));
      this.#current = this.world;
    }
    if (!stopped()) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #push(task: Task): void {
    const heap = this.#heap;
    heap.push(task);
    for (let at = heap.length - 1; at > 0;) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfEarlier(at, above)) return;
      at = above;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = right < heap.length && this.#isEarlier(right, left) ? right : left;
      if (child >= heap.length || !this.#swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  #swapIfEarlier(below: number, above: number): boolean {
    if (!this.#isEarlier(below, above)) return false;
    const [a, b] = [this.#heap[below], this.#heap[above]];
    if (a !== undefined && b !== undefined) [this.#heap[below], this.#heap[above]] = [b, a];
    return true;
  }

  #isEarlier(at: number, other: number): boolean {
    const [a, b] = [this.#heap[at], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }
}
