/** What a fan-out stands on. */
export interface FanOutOptions<T, Task> {
  /** All that has been handed over so far, in bytes. */
  handedOverBytes(): number;
  /** Does a task with one of many. MUST not throw. */
  act(one: T, task: Task, nowMs: number): void;
  /** A portion has been done. */
  onPortion(): void;
  /** What is handed over in one portion, but for the last frame. @default {131_072} */
  readonly portionBytesMax?: number;
}

/** Together with what else a worker uses at the time, it fits into the cache of a core. */
const PORTION_BYTES_MAX = 131_072;

interface Work<T, Task> {
  readonly rest: Iterator<T>;
  readonly task: Task;
  readonly onDone: () => void;
}

/**
 * Does something with each of many, a portion in each turn of the event loop.
 *
 * Deno copies a frame when it is handed over, and writes the copy in the next turn. The copies for a hundred
 * clients are more than a core's cache holds, so that each would be fetched from memory to be written. With
 * portions a server of 100 clients and 5,000 prices a second takes 6 % less CPU in frames of 19 KB, and 15 %
 * less in frames of 47 KB (with and without in turns, every two seconds, in one server; Deno 2.9.6, 2 MB of
 * cache).
 *
 * One thing at a time is under way. Whoever changes what the rest of the many would be handed MUST call
 * `finish` before.
 */
export class FanOut<T, Task> {
  readonly #options: FanOutOptions<T, Task>;
  readonly #portionBytesMax: number;
  #underWay: Work<T, Task> & { readonly turn: ReturnType<typeof setImmediate> } | undefined;

  constructor(options: FanOutOptions<T, Task>) {
    this.#options = options;
    this.#portionBytesMax = options.portionBytesMax ?? PORTION_BYTES_MAX;
  }

  /**
   * Begins with the first portion, after finishing what is under way.
   *
   * @param many may lose members: they are passed over
   * @param onDone called after the last of them, which may be at once
   */
  begin(many: Iterable<T>, task: Task, onDone: () => void = () => {}): void {
    this.finish();
    this.#step({ rest: many[Symbol.iterator](), task, onDone });
  }

  /** As `begin`, in this turn of the event loop alone. */
  all(many: Iterable<T>, task: Task): void {
    this.begin(many, task);
    this.finish();
  }

  /** Does the rest of what is under way at once. */
  finish(): void {
    const work = this.#underWay;
    if (work === undefined) return;
    clearImmediate(work.turn);
    this.#underWay = undefined;
    while (!this.#portion(work)) continue;
    work.onDone();
  }

  #step(work: Work<T, Task>): void {
    this.#underWay = undefined;
    if (this.#portion(work)) return work.onDone();
    this.#underWay = { ...work, turn: setImmediate(() => this.#step(work)) };
  }

  /** Returns whether nothing is left. */
  #portion({ rest, task }: Work<T, Task>): boolean {
    const { act, handedOverBytes, onPortion } = this.#options;
    const nowMs = performance.now();
    const untilBytes = handedOverBytes() + this.#portionBytesMax;
    let isDone = true;
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      act(next.value, task, nowMs);
      isDone = handedOverBytes() < untilBytes;
      if (!isDone) break;
    }
    onPortion();
    return isDone;
  }
}
