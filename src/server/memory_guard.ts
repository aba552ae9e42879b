import { logger } from "../log.ts";

/** A worker that can be replaced. */
export interface GuardedWorker {
  readonly index: number;
  /** Of its thread in this process; `undefined` where the system does not tell. */
  readonly threadId: number | undefined;
  /** Differs after each replacement. */
  readonly startedAtMs: number;
}

/** What a guard watches, and how. */
export interface MemoryGuardOptions {
  /** Resident memory of the process above which a worker is replaced. */
  readonly memoryBytesMax: number;
  /** @default {() => Deno.memoryUsage().rss} */
  readonly residentBytes?: () => number;
  /** Pages of memory that a thread has touched so far. @default {touchedPages} */
  readonly touchedPages?: (threadId: number) => number | undefined;
  workers(): readonly GuardedWorker[];
  replace(index: number, reason: string): void;
}

/** Freeing the memory of a worker that is gone takes a moment (measured: 400 MB in 1 to 2 s). */
const SETTLE_MS = 3000;
/** Between two rounds of replacing every worker in vain. */
const ROUND_PAUSE_MS = 60_000;

const log = logger("server");

/**
 * Replaces the worker that has filled the memory. A client may send fragments of a message without end:
 * Deno 2.9.6 keeps them outside of the V8 heap, without a limit and without an event, and frees them with
 * the connection or its isolate (measured: 1 GB a second from one client). Resident memory is known of the
 * process alone, but whose thread touched the new pages Linux counts for each: the worker that touched
 * most since the memory was last below half of its limit is the one.
 *
 * Should it be the wrong one, the next follows. Once all have been replaced without the memory falling, the
 * limit is too low for the clients that there are: the log says so, and the guard rests for a minute.
 */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  /** Pages that each thread had touched when the memory was last below half of the limit. */
  readonly #marks = new Map<number, number>();
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
    if (bytes < memoryBytesMax / 2) this.#mark();
    if (bytes <= memoryBytesMax) {
      this.#replaced.clear();
      this.#restsUntilMs = -Infinity;
      return;
    }
    if (nowMs < this.#restsUntilMs) return;
    const suspect = this.#suspect();
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

  #mark(): void {
    this.#marks.clear();
    for (const { threadId } of this.#options.workers()) {
      const pages = threadId === undefined ? undefined : this.#touched(threadId);
      if (threadId !== undefined && pages !== undefined) this.#marks.set(threadId, pages);
    }
  }

  /** Where threads cannot be told apart, the worker that has run longest. */
  #suspect(): GuardedWorker | undefined {
    const [most] = this.#options.workers()
      .filter(({ index }) => !this.#replaced.has(index))
      .map((worker) => ({ worker, pages: this.#grown(worker) }))
      .sort((a, b) => b.pages - a.pages || a.worker.startedAtMs - b.worker.startedAtMs);
    return most?.worker;
  }

  #grown({ threadId }: GuardedWorker): number {
    if (threadId === undefined) return 0;
    return (this.#touched(threadId) ?? 0) - (this.#marks.get(threadId) ?? 0);
  }

  #touched(threadId: number): number | undefined {
    return (this.#options.touchedPages ?? touchedPages)(threadId);
  }
}

/**
 * Number of the thread that calls, to be asked for `touchedPages` by any other. Only Linux tells, and
 * only a process with all of Deno's permissions.
 */
export function ownThreadId(): number | undefined {
  const [id] = readStat("/proc/thread-self/stat") ?? [];
  return id;
}

/** Pages of memory that a thread of this process has touched for the first time: its minor faults. */
export function touchedPages(threadId: number): number | undefined {
  const [, faults] = readStat(`/proc/self/task/${threadId}/stat`) ?? [];
  return faults;
}

/** The fields 1 and 10 of proc_pid_stat(5). Field 2 is a name in brackets, which may hold anything. */
function readStat(path: string): [number, number] | undefined {
  try {
    const text = Deno.readTextFileSync(path);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return [Number.parseInt(text), Number(fields[7])];
  } catch (error) {
    const hidden = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable;
    if (!hidden) throw error;
    return undefined;
  }
}
