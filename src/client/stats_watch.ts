import { sleep } from "../lifecycle.ts";
import { ReconnectDelay } from "./reconnect_delay.ts";
import type { ServerStats, StatsAnswer } from "./server_stats.ts";
import { ratesBetween, type StatsRates } from "./stats_rates.ts";

/** What is known of a server. */
export interface ServerView {
  /** Why it does not answer, and when it is asked again; undefined while it does. */
  readonly away: { readonly reason: string; readonly retryAtMs: number } | undefined;
  /** Its last answer; undefined before the first. */
  readonly stats: ServerStats | undefined;
  /** When that came, in milliseconds since the unix epoch. */
  readonly heardAtMs: number;
  /** Since the answer before; undefined where there is none to compare with. */
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
 * pause while it does not answer.
 *
 * @returns why the server will not answer, if that is how it ends
 */
export async function watchStats(
  { intervalMs, ask, onView }: StatsWatchOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const delay = new ReconnectDelay();
  let view = NOTHING_KNOWN;
  while (!signal.aborted) {
    const answer = await ask();
    if (signal.aborted) return undefined;
    if (answer.kind === "refused") return answer.reason;
    let pauseMs = intervalMs;
    if (answer.kind === "stats") {
      delay.reset();
      // Over a gap the mean would say little of now.
      const before = view.away === undefined ? view.stats : undefined;
      const rates = before && ratesBetween(before, answer.stats);
      view = { away: undefined, stats: answer.stats, heardAtMs: Date.now(), rates };
    } else {
      pauseMs = Math.max(delay.nextMs(), intervalMs);
      view = { ...view, away: { reason: answer.reason, retryAtMs: Date.now() + pauseMs } };
    }
    onView(view);
    await sleep(pauseMs, signal);
  }
  return undefined;
}
