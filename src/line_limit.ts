import type { Logger } from "@logtape/logtape";
import type { Closable } from "./lifecycle.ts";

/** How many lines there may be. */
export interface LineAllowance {
  /** Of one kind in one window. */
  readonly linesMax: number;
  readonly windowMs: number;
}

/** Enough of a kind for somebody to see what is wrong, when all are alike. */
export const FEW_LINES: LineAllowance = { linesMax: 5, windowMs: 60_000 };

/** Which lines are limited, and how. */
export interface LineLimitOptions extends LineAllowance {
  /** Where the number of the rest goes. */
  readonly log: Logger;
  /** That of the lines. */
  readonly level: "info" | "warn" | "error";
  /** The code of the lines. */
  readonly of: string;
}

/** Kinds that are told apart in one window; what comes after them counts as one. */
const KINDS_MAX = 32;

/**
 * Keeps strangers from filling the log: of each kind it lets so many lines a window through, and when the
 * window is over it says in one line how many more there were. Nobody waits for a window in which nothing
 * was left out.
 */
export class LineLimit implements Closable {
  readonly #options: LineLimitOptions;
  readonly #counts = new Map<string, number>();
  #endsAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LineLimitOptions) {
    this.#options = options;
  }

  /**
   * Returns whether one more line may be logged now; if not, it is counted.
   *
   * @param kind MUST be one of a few words of ours
   */
  take(kind = "any"): boolean {
    const { linesMax, windowMs } = this.#options;
    const nowMs = performance.now();
    // A busy isolate's timer may be late.
    if (nowMs >= this.#endsAtMs) {
      this.close();
      this.#endsAtMs = nowMs + windowMs;
    }
    const isKnown = this.#counts.has(kind) || this.#counts.size < KINDS_MAX;
    const key = isKnown ? kind : "other";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count <= linesMax) return true;
    this.#timer ??= setTimeout(() => this.close(), this.#endsAtMs - nowMs);
    return false;
  }

  /** Ends the window: says how much was left out. The next line begins another. */
  close(): void {
    const { log, level, of, linesMax, windowMs } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#endsAtMs = -Infinity;
    for (const [kind, count] of this.#counts) {
      if (count <= linesMax) continue;
      log[level]("{count} more within {windowMs} ms, left out here: {of}, {kind}", {
        code: "log_lines_left_out",
        of,
        kind,
        count: count - linesMax,
        windowMs,
      });
    }
    this.#counts.clear();
  }
}
