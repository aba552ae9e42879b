import type { Closable } from "../lifecycle.ts";
import { HEARTBEAT_INTERVAL_MS } from "./protocol.ts";
import type { Session } from "./session.ts";
import { type GroupContext, type GroupOptions, SessionGroup } from "./session_group.ts";

/** What the registry stands on. */
export type RegistryOptions = Omit<GroupContext, "wake">;

type Timer = ReturnType<typeof setInterval>;

const PUMP_INTERVAL_MS = 20;
const RECONNECT_DELAY_MS_MAX = 3000;

/**
 * Every session of one worker, in a group for each service: the limit that they share, the clock that
 * beats for them, the pump that looks after those who wait, and the goodbye.
 */
export class SessionRegistry implements Closable {
  readonly #options: RegistryOptions;
  readonly #groups: SessionGroup<Session>[] = [];
  readonly #clock: Timer;
  #pump: Timer | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#clock = setInterval(() => this.#beat(), HEARTBEAT_INTERVAL_MS);
  }

  /** Whether no more sockets may be opened. Counts all workers and services. */
  get full(): boolean {
    return this.#options.metrics.sum("sockets") >= this.#options.limits.sessionsMax;
  }

  /** Makes room for the sessions of one more service. */
  group<S extends Session>(options: GroupOptions): SessionGroup<S> {
    const { limits, metrics, counters } = this.#options;
    const wake = () => this.#schedulePump();
    const group = new SessionGroup<S>({ limits, metrics, counters, wake }, options);
    this.#groups.push(group);
    return group;
  }

  /** Says goodbye to every session. */
  close(): void {
    clearInterval(this.#clock);
    clearInterval(this.#pump);
    for (const group of this.#groups) group.close(RECONNECT_DELAY_MS_MAX);
  }

  #beat(): void {
    for (const group of this.#groups) group.beat();
  }

  /** Sessions that wait for their socket or their rate are looked at until none does. */
  #schedulePump(): void {
    if (this.#pump !== undefined) return;
    this.#pump = setInterval(() => {
      const nowMs = performance.now();
      const waiting = this.#groups.filter((group) => group.pump(nowMs));
      if (waiting.length > 0) return;
      clearInterval(this.#pump);
      this.#pump = undefined;
    }, PUMP_INTERVAL_MS);
  }
}
