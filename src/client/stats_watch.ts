import { sleep } from "../lifecycle.ts";
import { ReconnectDelay } from "./reconnect_delay.ts";
import type { ServerStats, StatsAnswer } from "./server_stats.ts";
import { ratesBetween, type StatsRates } from "./stats_rates.ts";

/**
 * So many answers are kept to compare with. A proxy may give each request to another of so many servers;
 * and what is longer ago says little of now.
 */
const LOOKS_MAX = 32;

/** What is known of a server. */
export interface ServerView {
  /** Why it does not answer, and when it is asked again; undefined while it does. */
  readonly away: { readonly reason: string; readonly retryAtMs: number } | undefined;
  /** Its last answer; undefined before the first. */
  readonly stats: ServerStats | undefined;
  /** When that came, in milliseconds since the unix epoch. */
  readonly heardAtMs: number;
  /** Since the answer before of the same process; undefined where there is none to compare with. */
  readonly rates: StatsRates | undefined;
}

/** Before the first answer. */
export const NOTHING_KNOWN: ServerView = {
  away: undefined,
  stats: undefined,
  heardAtMs: 0,
  rates: undefined,
};

/** How to watch. */
export interface StatsWatchOptions {
  readonly intervalMs: number;
  readonly ask: () => Promise<StatsAnswer>;
  /** Called after each answer, and each time that there was none. */
  readonly onView: (view: ServerView) => void;
}

/**
 * Asks a server again and again how it is doing, until aborted: every `intervalMs`, and with a growing
 * pause while it does not answer. Where several servers are behind its address, each answer is compared
 * with the last one of the same server.
 *
 * @returns why the server will not answer, if that is how it ends
 */
export async function watchStats(
  { intervalMs, ask, onView }: StatsWatchOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const delay = new ReconnectDelay();
  let view = NOTHING_KNOWN;
  let looks: readonly ServerStats[] = [];
  while (!signal.aborted) {
    const answer = await ask();
    if (signal.aborted) return undefined;
    if (answer.kind === "refused") return answer.reason;
    let pauseMs = intervalMs;
    if (answer.kind === "stats") {
      delay.reset();
      const { stats } = answer;
      const before = looks.findLast(({ process }) => process === stats.process);
      const rates = before && ratesBetween(before, stats);
      looks = [...looks, stats].slice(-LOOKS_MAX);
      view = { away: undefined, stats, heardAtMs: Date.now(), rates };
    } else {
      // Over a gap the mean would say little of now.
      looks = [];
      pauseMs = Math.max(delay.nextMs(), intervalMs);
      view = { ...view, away: { reason: answer.reason, retryAtMs: Date.now() + pauseMs } };
    }
    onView(view);
    await sleep(pauseMs, signal);
  }
  return undefined;
}
