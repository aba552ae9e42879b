import { CLOSE_LABELS, SESSION_KINDS } from "../metric_names.ts";
import type { SharedMetrics } from "../metrics.ts";

const CONNECTS = SESSION_KINDS.map((kind) => `connects_${kind}` as const);
const CLOSES = CLOSE_LABELS.map((label) => `closes_${label}` as const);

/**
 * Counts the sessions that end with their workers, which nobody else does: all others are counted by the
 * worker that has them. So what was opened, less what was closed, stays what is open.
 */
export class LostSessions {
  readonly #metrics: SharedMetrics;
  /** Of each row, in all of its workers. */
  readonly #counted = new Map<number, number>();

  constructor(metrics: SharedMetrics) {
    this.#metrics = metrics;
  }

  /**
   * Counts what a worker that is gone had open as broken connections. Returns how many they were.
   *
   * @param row of the worker; it counts in the main isolate's own, since an isolate that hangs cannot be
   * ended, and may write on
   */
  count(row: number): number {
    const figures = this.#metrics.writer(row);
    const counted = this.#counted.get(row) ?? 0;
    const open = figures.reader(CONNECTS)() - figures.reader(CLOSES)() - counted;
    const lost = Math.max(open, 0);
    this.#counted.set(row, counted + lost);
    this.#metrics.main.add("closes_1006", lost);
    return lost;
  }
}
