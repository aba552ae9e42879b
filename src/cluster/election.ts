import type { Backbone } from "../backbone/backbone.ts";
import { Bell } from "../bell.ts";
import type { LeaderLock } from "../db/leader_lock.ts";
import { errorText } from "../errors.ts";
import { logger } from "../log.ts";

/** What an election tells. Calls are serial. */
export interface ElectionEvents {
  /** Whether this server can read the database, as far as it knows. */
  readonly mayStand: () => boolean;
  /** The highest term heard so far. */
  readonly termHeard: () => number;
  /** This server leads from here on. */
  readonly onElected: (term: number) => void;
  /** This server no longer leads. */
  readonly onDeposed: (reason: string) => void;
}

/** With the deadline of an answer, a leader that has lost its database knows after 2.5 s at most. */
const PULSE_INTERVAL_MS = 500;
/**
 * How long a leader keeps its office without a backbone, counted from the last pulse that found it: up to
 * a pulse less than this, and less than its followers wait for it.
 */
const BACKBONE_GRACE_MS = 2500;

const log = logger("cluster");

/**
 * Stands for the office of the one server that reads the database for all, and holds it while it can.
 *
 * A leader steps down by itself: when Postgres does not answer within 2 s, when the lock was lost with
 * its connection, when the backbone is down for longer than it takes to restart it, and when it hears of a
 * later leader. Only who is on the backbone stands, and can read.
 */
export class Election {
  readonly #lock: LeaderLock;
  readonly #backbone: Backbone;
  readonly #events: ElectionEvents;
  readonly #bell = new Bell();
  #leads = false;
  #upAtMs = -Infinity;
  #told = false;

  constructor(lock: LeaderLock, backbone: Backbone, events: ElectionEvents) {
    this.#lock = lock;
    this.#backbone = backbone;
    this.#events = events;
  }

  /** Stands, and holds the office, until `signal` aborts; gives it up then, and tells nobody. */
  async run(signal: AbortSignal): Promise<void> {
    const watch = this.#backbone.watch(() => this.#bell.ring());
    while (!signal.aborted) {
      const nowMs = performance.now();
      if (this.#backbone.state === "up") this.#upAtMs = nowMs;
      const isMet = nowMs - this.#upAtMs < BACKBONE_GRACE_MS;
      if (!isMet) this.resign("the backbone is down");
      else await this.#try(signal);
      const timer = setTimeout(() => this.#bell.ring(), PULSE_INTERVAL_MS);
      await this.#bell.wait(signal);
      clearTimeout(timer);
    }
    watch.close();
    this.#leads = false;
    this.#lock.close();
  }

  /** Gives the office up, so that another server can have it at once. */
  resign(reason: string): void {
    if (!this.#leads) return;
    this.#leads = false;
    this.#lock.close();
    log.warn("This server no longer leads: {reason}", { code: "cluster_deposed", reason });
    this.#events.onDeposed(reason);
  }

  async #try(signal: AbortSignal): Promise<void> {
    const leads = this.#leads;
    try {
      if (leads) {
        if (!await this.#lock.holds()) this.resign("the connection with the lock is gone");
        return;
      }
      if (this.#backbone.state === "down" || !this.#events.mayStand()) return;
      const nowMs = await this.#lock.take();
      this.#told = false;
      if (nowMs === undefined || signal.aborted) return;
      const term = Math.max(nowMs, this.#events.termHeard() + 1);
      this.#leads = true;
      log.info("This server leads: it reads the database for all", {
        code: "cluster_elected",
        term,
      });
      this.#events.onElected(term);
    } catch (error) {
      const reason = errorText(error);
      if (leads) return this.resign(reason);
      log[this.#told ? "debug" : "warn"]("Cannot stand for leader: {reason}", {
        code: "cluster_lock_failed",
        reason,
      });
      this.#told = true;
    }
  }
}
