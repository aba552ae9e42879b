import type { ServerConfig } from "../config.ts";
import { logger } from "../log.ts";

/** For Postgres, the log, modules of a worker that is replaced, and whatever the runtime opens. */
const OWN_DESCRIPTORS = 128;
/** What each worker keeps in hand; see `DescriptorReserve`. */
const RESERVE_FILES = 32;
/** Part of the rest that is for sessions; the other tenth is for requests that are none, or not yet. */
const SESSIONS_SHARE = 0.9;
/** Those that a start has opened before it counts what it may open still: 24 were measured. */
const OPEN_ALREADY = 64;
const LIMIT_REGEXP = /^Max open files +(\d+|unlimited)/m;

const log = logger("server");

/**
 * The number of sessions that the process's file descriptors allow, at most `limits.sessionsMax`. Says so
 * in the log when it is fewer, as a warning where that many were asked for. Each socket takes a descriptor,
 * and `Deno.serve` fails when there is none left (measured on 2.9.6).
 */
export function affordableSessions(
  { limits, isSessionsMaxSet, workers }: Pick<
    ServerConfig,
    "limits" | "isSessionsMaxSet" | "workers"
  >,
): number {
  const { sessionsMax } = limits;
  const kept = OWN_DESCRIPTORS + workers * RESERVE_FILES;
  const enough = Math.ceil(sessionsMax / SESSIONS_SHARE) + kept;
  const limit = descriptorLimit(enough);
  const affordable = Math.max(1, Math.floor((limit - kept) * SESSIONS_SHARE));
  if (affordable >= sessionsMax) return sessionsMax;
  log[isSessionsMaxSet ? "warn" : "info"](
    "MAX_SESSIONS is {affordable}, not {sessionsMax}: no more fit into the limit of open files. " +
      "ulimit -n {filesNeeded} makes room for them",
    {
      code: "server_sessions_clamped",
      affordable,
      sessionsMax,
      filesNeeded: enough + OPEN_ALREADY,
    },
  );
  return affordable;
}

/** How many descriptors the process may have, as far as `enough`: asked where Linux tells, tried elsewhere. */
function descriptorLimit(enough: number): number {
  try {
    // Deno has raised the soft limit to the hard one by now.
    const limit = LIMIT_REGEXP.exec(Deno.readTextFileSync("/proc/self/limits"))?.[1];
    if (limit !== undefined) return limit === "unlimited" ? enough : Number(limit);
  } catch (error) {
    const hidden = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable;
    if (!hidden) throw error;
  }
  return withFiles(enough, (files) => files.length);
}

/**
 * Descriptors that a worker keeps in hand, as files that it holds open. When its listener has failed for
 * want of descriptors it lets them go, so that the database can be reached meanwhile, and it listens again
 * when it could take them back.
 */
export class DescriptorReserve {
  #files: readonly Deno.FsFile[] = [];

  /** Takes the reserve if there is at least as much again. Returns whether it did. */
  take(): boolean {
    this.release();
    return withFiles(2 * RESERVE_FILES, (files) => {
      if (files.length < 2 * RESERVE_FILES) return false;
      this.#files = files.splice(0, RESERVE_FILES);
      return true;
    });
  }

  release(): void {
    for (const file of this.#files) file.close();
    this.#files = [];
  }
}

/** Opens up to `count` files, as many as can be, and closes those that `use` leaves in the list. */
function withFiles<T>(count: number, use: (files: Deno.FsFile[]) => T): T {
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < count) files.push(Deno.openSync(new URL(import.meta.url)));
  } catch (error) {
    if (!isExhausted(error)) throw error;
  }
  try {
    return use(files);
  } finally {
    for (const file of files) file.close();
  }
}

/** EMFILE: this process has all that it may have. ENFILE: the machine has. */
function isExhausted(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE");
}
