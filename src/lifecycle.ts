import { DeadlineError } from "./errors.ts";

/** Something that holds a resource. Closing twice MUST be harmless. */
export interface Closable {
  close(): Promise<void> | void;
}

/** A way for one other isolate to talk to this one. */
export interface IsolateLink extends Closable {
  /** To be transferred to the isolate. */
  readonly port: MessagePort;
  /** The isolate is gone: nothing more comes from it or goes to it. */
  close(): void;
}

/**
 * Closes in reverse order of opening, so that nothing outlives what it stands on. Goes on after a
 * failure and throws one `AggregateError` with every reason at the end.
 */
export async function closeAll(opened: readonly Closable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const closable of opened.toReversed()) {
    try {
      await closable.close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "Cannot close everything");
}

/**
 * Makes one of several that do not stand on each other: closed at the same time, they take as long as the
 * slowest of them. A database that does not answer keeps each connection for seconds.
 */
export function together(parts: readonly Closable[]): { close(): Promise<void> } {
  return {
    async close() {
      const endings = await Promise.allSettled(parts.map(async (part) => await part.close()));
      const failures = endings.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
      if (failures.length > 0) throw new AggregateError(failures, "Cannot close everything");
    },
  };
}

/**
 * Resolves after `durationMs`, or at once when `signal` aborts; it never rejects, because to be woken
 * early is the normal way for a loop to end.
 */
export function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/**
 * Waits for `work`, and returns whether it ended by the deadline; otherwise it goes on.
 *
 * @throws what the work throws
 */
export async function endsInTime(work: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      work.then(() => true),
      sleep(deadlineMs, ended.signal).then(() => false),
    ]);
  } finally {
    ended.abort();
  }
}

/**
 * Settles as `work` does, or rejects when the deadline passes first. The work itself goes on: whoever
 * sets the deadline decides what to do with what still hangs.
 *
 * @param action what is being done, for the message: "read new prices"
 * @throws {DeadlineError} when `deadlineMs` passes first
 */
export async function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  action: string,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineError(action, deadlineMs)), deadlineMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
