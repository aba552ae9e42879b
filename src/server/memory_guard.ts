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
  /** Bytes of memory that a thread has touched so far. @default {touchedBytes} */
  readonly touchedBytes?: (threadId: number) => number | undefined;
  workers(): readonly GuardedWorker[];
  replace(index: number, reason: string): void;
}

/** Under Linux on most machines; where pages are larger, the numbers still compare. */
const PAGE_BYTES = 4096;
/** A thread that has touched less than this part of the limit is not what filled it. */
const SUSPECT_SHARE = 1 / 8;
/** Freeing the memory of a worker that is gone takes a moment (measured: 400 MB in 1 to 2 s). */
const SETTLE_MS = 3000;
/** Where threads cannot be told apart, one that is younger is not suspected. */
const BLIND_AGE_MS_MIN = 60_000;

const log = logger("server");

/**
 * Replaces the worker that has filled the memory. A client may send fragments of a message without end:
 * Deno 2.9.6 keeps them outside of the V8 heap, without a limit and without an event, and frees them with
 * the connection or its isolate (measured: 1 GB a second from one client). Resident memory is known of the
 * process alone, but whose thread touched the new pages Linux counts for each: the worker that touched
 * most since the memory was last below half of its limit is the one.
 *
 * A worker is suspected again only once it has touched an eighth of the limit, so a limit that is too low
 * for the clients that there are costs each worker one replacement, and is said in the log.
 */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  /** What each thread had touched when the memory was last below half of the limit. */
  #marks = new Map<number, number>();
  #settledAtMs = -Infinity;
  #isSaid = false;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
  }

  /** Looks at the memory. To be called several times a second. */
  check(nowMs: number): void {
    const { memoryBytesMax, residentBytes = () => Deno.memoryUsage().rss } = this.#options;
    const bytes = residentBytes();
    if (bytes < memoryBytesMax / 2) this.#mark();
    if (bytes <= memoryBytesMax) this.#isSaid = false;
    if (bytes <= memoryBytesMax || nowMs < this.#settledAtMs) return;
    const suspect = this.#suspect(nowMs);
    if (suspect !== undefined) {
      this.#settledAtMs = nowMs + SETTLE_MS;
      const rule = `memory must be at most ${memoryBytesMax} bytes, is ${bytes}`;
      return this.#options.replace(suspect.index, rule);
    }
    if (this.#isSaid) return;
    this.#isSaid = true;
    log.error("Memory is {bytes} bytes, above MEMORY_BYTES_MAX, and no worker stands out", {
      code: "server_memory_above_limit",
      bytes,
      memoryBytesMax,
    });
  }

  #mark(): void {
    this.#marks.clear();
    for (const { threadId } of this.#options.workers()) {
      const touched = this.#touched(threadId);
      if (threadId !== undefined && touched !== undefined) this.#marks.set(threadId, touched);
    }
  }

  #suspect(nowMs: number): GuardedWorker | undefined {
    const grown = this.#options.workers().map((worker) => ({
      worker,
      bytes: this.#grown(worker, nowMs),
    }));
    const [most] = grown.toSorted((a, b) => b.bytes - a.bytes);
    const bytesMin = this.#options.memoryBytesMax * SUSPECT_SHARE;
    return most !== undefined && most.bytes >= bytesMin ? most.worker : undefined;
  }

  #grown({ threadId, startedAtMs }: GuardedWorker, nowMs: number): number {
    const touched = this.#touched(threadId);
    if (threadId !== undefined && touched !== undefined) {
      return touched - (this.#marks.get(threadId) ?? 0);
    }
    // Blind: all that are old enough, one after the other, the oldest first.
    const ageMs = nowMs - startedAtMs;
    return ageMs < BLIND_AGE_MS_MIN ? 0 : this.#options.memoryBytesMax + ageMs;
  }

  #touched(threadId: number | undefined): number | undefined {
    return threadId === undefined
      ? undefined
      : (this.#options.touchedBytes ?? touchedBytes)(threadId);
  }
}

/**
 * Number of the thread that calls, to be asked for `touchedBytes` by any other. Only Linux tells, and
 * only a process with all of Deno's permissions.
 */
export function ownThreadId(): number | undefined {
  const [id] = readStat("/proc/thread-self/stat") ?? [];
  return id;
}

/** Bytes of memory that a thread of this process has touched for the first time, in pages: its minor faults. */
export function touchedBytes(threadId: number): number | undefined {
  const [, faults] = readStat(`/proc/self/task/${threadId}/stat`) ?? [];
  return faults === undefined ? undefined : faults * PAGE_BYTES;
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
