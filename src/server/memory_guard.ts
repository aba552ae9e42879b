import { logger } from "../log.ts";

/** A worker that can be replaced. */
export interface GuardedWorker {
  readonly index: number;
  /** Processor time that its thread has used. */
  readonly cpuMs: number;
  /** What waits in its sockets for clients that do not read. */
  readonly bufferedBytes: number;
  /** Differs after each replacement. */
  readonly startedAtMs: number;
}

/** What a guard watches, and how. */
export interface MemoryGuardOptions {
  /** Resident memory of the process above which a worker is replaced. */
  readonly memoryBytesMax: number;
  /** @default {() => Deno.memoryUsage().rss} */
  readonly residentBytes?: () => number;
  workers(): readonly GuardedWorker[];
  replace(index: number, reason: string): void;
}

/** Freeing the memory of a worker that is gone takes a moment (measured: 400 MB in 1 to 2 s). */
const SETTLE_MS = 3000;
/** Between two rounds of replacing every worker in vain. */
const ROUND_PAUSE_MS = 60_000;
/** Part of the memory's growth from which on what waits in the sockets explains it. */
const EXPLAINED_SHARE = 1 / 2;

const log = logger("server");

/**
 * Replaces the worker that has filled the memory. A client may send fragments of a message without end:
 * Deno 2.9.6 keeps them outside of the V8 heap, without a limit and without an event, and frees them with
 * the connection or its isolate (measured: 1 GB a second from one client). Resident memory is known of the
 * process alone. But whoever takes in fragments at that speed is busy with nothing else: the worker whose
 * thread worked most since the memory was last below half of its limit is the one. (The pages that each
 * thread touched would say it more exactly, but Linux shows them in /proc, and Deno that to `-A` alone.)
 *
 * What waits for clients that do not read is known of each worker. If that has grown by half as much as the
 * memory, the worker with the most of it is the one.
 *
 * Should it be the wrong one, the next follows. Once all have been replaced without the memory falling, the
 * limit is too low for the clients that there are: the log says so, and the guard rests for a minute.
 */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  /** What each worker had used when the memory was last below half of the limit, by its index. */
  readonly #marks = new Map<number, GuardedWorker>();
  #markedBytes = 0;
  /** Workers replaced since the memory was last within the limit. */
  readonly #replaced = new Set<number>();
  #restsUntilMs = -Infinity;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
  }

  /** Looks at the memory. To be called several times a second. */
  check(nowMs: number): void {
    const { memoryBytesMax, residentBytes = () => Deno.memoryUsage().rss } = this.#options;
    const bytes = residentBytes();
    if (bytes < memoryBytesMax / 2) this.#mark(bytes);
    if (bytes <= memoryBytesMax) {
      this.#replaced.clear();
      this.#restsUntilMs = -Infinity;
      return;
    }
    if (nowMs < this.#restsUntilMs) return;
    const suspect = this.#suspect(bytes);
    if (suspect !== undefined) {
      this.#restsUntilMs = nowMs + SETTLE_MS;
      this.#replaced.add(suspect.index);
      const rule = `memory must be at most ${memoryBytesMax} bytes, is ${bytes}`;
      return this.#options.replace(suspect.index, rule);
    }
    this.#restsUntilMs = nowMs + ROUND_PAUSE_MS;
    this.#replaced.clear();
    log.error("Memory is {bytes} bytes with every worker replaced: MEMORY_BYTES_MAX is too low", {
      code: "server_memory_above_limit",
      bytes,
      memoryBytesMax,
    });
  }

  #mark(bytes: number): void {
    this.#markedBytes = bytes;
    for (const worker of this.#options.workers()) this.#marks.set(worker.index, worker);
  }

  /** Of those that are equal, the one that has run longest. */
  #suspect(bytes: number): GuardedWorker | undefined {
    const workers = this.#options.workers();
    const bufferedBytes = workers.reduce(
      (sum, worker) => sum + this.#sinceMark(worker, "bufferedBytes"),
      0,
    );
    const isExplained = bufferedBytes >= EXPLAINED_SHARE * (bytes - this.#markedBytes);
    const cause = isExplained ? "bufferedBytes" : "cpuMs";
    const [most] = workers
      .filter(({ index }) => !this.#replaced.has(index))
      .map((worker) => ({ worker, amount: this.#sinceMark(worker, cause) }))
      .sort((a, b) => b.amount - a.amount || a.worker.startedAtMs - b.worker.startedAtMs);
    return most?.worker;
  }

  #sinceMark(worker: GuardedWorker, figure: "bufferedBytes" | "cpuMs"): number {
    const mark = this.#marks.get(worker.index);
    return worker[figure] - (mark?.startedAtMs === worker.startedAtMs ? mark[figure] : 0);
  }
}
