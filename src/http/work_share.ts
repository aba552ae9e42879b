import { sleep } from "../lifecycle.ts";

/** Bounds of a share. */
export interface WorkShareLimits {
  /** The part of the time that the work may take in the long run, above 0 and up to 1. */
  readonly share: number;
  /** So much may be done at once before anything waits. */
  readonly burstMs: number;
  /** What has waited for longer is not done. */
  readonly waitMsMax: number;
}

const LIMITS: WorkShareLimits = { share: 0.1, burstMs: 20, waitMsMax: 5000 };

/**
 * Lets some work have a share of this isolate's time and no more: what comes beyond waits for its turn, while
 * everybody else is served. How many may wait is for the callers to bound.
 */
export class WorkShare {
  readonly #limits: WorkShareLimits;
  readonly #nowMs: () => number;
  /** When the work that was done would be over, had it got no more than its share. */
  #paidAtMs = -Infinity;
  #last: Promise<unknown> = Promise.resolve();

  /** @param nowMs a clock that never goes back */
  constructor(limits: WorkShareLimits = LIMITS, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /**
   * What the work returns, when its turn has come.
   *
   * @returns undefined when it did not come in time
   * @throws what the work throws
   */
  run<T>(work: () => T): Promise<T | undefined> {
    const askedAtMs = this.#nowMs();
    const done = this.#last.then(() => this.#turn(work, askedAtMs));
    // Whoever asked hears of a fault; whoever is next has its turn all the same.
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #turn<T>(work: () => T, askedAtMs: number): Promise<T | undefined> {
    const { share, burstMs, waitMsMax } = this.#limits;
    const startAtMs = Math.max(this.#nowMs(), this.#paidAtMs - burstMs / share);
    if (startAtMs - askedAtMs > waitMsMax) return undefined;
    const waitMs = startAtMs - this.#nowMs();
    if (waitMs > 0) await sleep(waitMs);
    const startMs = this.#nowMs();
    try {
      return work();
    } finally {
      const costMs = this.#nowMs() - startMs;
      this.#paidAtMs = Math.max(this.#paidAtMs, startMs) + costMs / share;
    }
  }
}
