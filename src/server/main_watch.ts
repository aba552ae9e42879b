import { logger } from "../log.ts";

/** How long a worker puts up with a main isolate that does nothing. */
export interface MainWatchLimits {
  /** Looks in a row without a new beat after which the server calls itself ill. */
  readonly missesTillIll: number;
  /** As many after which the process has to end. */
  readonly missesTillEnd: number;
}

/** What a watch needs. */
export interface MainWatchOptions {
  /** Something that the main isolate changes several times a second; 0 before the first time. */
  beat(): number;
  /** Ends the process. Called once in each silence. */
  end(): void;
  /** For tests that cannot wait as long. */
  readonly limits?: MainWatchLimits;
}

/** Time between two looks. */
export const LOOK_INTERVAL_MS = 1000;

/**
 * The main isolate beats four times a second. Nothing that it does takes it seconds, so that one which does
 * not come back in half a minute will not.
 */
export const MAIN_WATCH_LIMITS: MainWatchLimits = { missesTillIll: 15, missesTillEnd: 30 };

const log = logger("server");

/**
 * A worker's watch over the main isolate, without which there are no prices, no chat, no tickets, no new
 * workers and no orderly end.
 *
 * Counts looks and not seconds, as `Lifeline` does: when the machine has slept, or the worker was busy
 * itself, the main isolate gets the chance to beat before it is found silent.
 */
export class MainWatch {
  readonly #options: MainWatchOptions;
  readonly #limits: MainWatchLimits;
  #last = 0;
  #misses = 0;

  constructor(options: MainWatchOptions) {
    this.#options = options;
    this.#limits = options.limits ?? MAIN_WATCH_LIMITS;
  }

  /** What is wrong with the main isolate, if anything is. */
  get fault(): string | undefined {
    if (this.#misses < this.#limits.missesTillIll) return undefined;
    const silentSeconds = Math.round(this.#misses * LOOK_INTERVAL_MS / 1000);
    return `the main isolate must beat every second, has been silent for ${silentSeconds} s`;
  }

  /** Looks whether the main isolate has beaten. Call it every `LOOK_INTERVAL_MS`. */
  look(): void {
    const beat = this.#options.beat();
    if (beat !== this.#last || beat === 0) {
      this.#last = beat;
      if (this.fault !== undefined) {
        log.info("The main isolate is back after {looks} looks", {
          code: "server_main_back",
          looks: this.#misses,
        });
      }
      this.#misses = 0;
      return;
    }
    this.#misses += 1;
    if (this.#misses === this.#limits.missesTillIll) {
      log.error("No prices, no chat, /healthz answers 503: {reason}", {
        code: "server_main_silent",
        reason: this.fault,
      });
    }
    if (this.#misses === this.#limits.missesTillEnd) this.#giveUp();
  }

  #giveUp(): void {
    log.error("Cannot go on serving: {reason}. Start the server again.", {
      code: "server_main_given_up",
      reason: this.fault,
    });
    this.#options.end();
  }
}
