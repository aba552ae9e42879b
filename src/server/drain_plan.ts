import type { DrainTimes } from "../session/registry.ts";

/** How a worker spends its last moments. */
export interface DrainPlan extends DrainTimes {
  /** For the HTTP server, when its sockets are closed. */
  readonly shutdownMs: number;
}

/** What a session costs to reopen decides how fast they are sent away: 500 a second over all workers. */
const MS_PER_SESSION = 2;

/**
 * Divides the deadline: a tenth to be noticed, half for the closing at most, a fifth for clients and
 * connections that are slow to take leave. What remains is for the rest of the server, such as its
 * database connections.
 *
 * @param sessions open ones over all workers, which close theirs at the same time
 */
export function drainPlan(shutdownDeadlineMs: number, sessions: number): DrainPlan {
  return {
    noticeMs: shutdownDeadlineMs / 10,
    windowMs: Math.min(shutdownDeadlineMs / 2, sessions * MS_PER_SESSION),
    graceMs: shutdownDeadlineMs * 0.15,
    shutdownMs: shutdownDeadlineMs * 0.05,
  };
}

/**
 * The part of the shutdown deadline after which a worker is cut off: the longest plan takes 0.8 of it, and one
 * that is busy is late. It is no sooner where the plan is shorter, because time is then not what is short.
 */
export const WORKERS_SHARE = 0.85;
