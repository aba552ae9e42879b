import { type Closable, sleep } from "../lifecycle.ts";
import { doPaced } from "./pace.ts";
import { HEARTBEAT_INTERVAL_MS } from "./protocol.ts";
import type { Session } from "./session.ts";
import { type GroupContext, type GroupOptions, SessionGroup } from "./session_group.ts";
import { SessionLog } from "./session_log.ts";

/** What the registry stands on. */
export interface RegistryOptions
  extends Omit<GroupContext, "log" | "wake" | "queue" | "handedOver"> {
  /** How long sessions may send large things in one turn of the event loop; 0 lets one go. @default {5} */
  readonly turnMs?: number;
  /** Left out, one with the limits that docs/security.md states. The registry closes it. */
  readonly log?: SessionLog;
}

/** How much time the goodbye takes. */
export interface DrainTimes {
  /** From telling the sessions to closing the first: time for a proxy to notice and send nobody else. */
  readonly noticeMs: number;
  /** From closing the first session to closing the last. */
  readonly windowMs: number;
  /** After the last: time for clients to read what was sent, and to answer. */
  readonly graceMs: number;
}

type Timer = ReturnType<typeof setInterval>;

/** What the registry asks of its groups, whatever their sessions are. */
type AnyGroup = Pick<
  SessionGroup<Session>,
  "announceClosing" | "beat" | "countBuffered" | "finish" | "pump" | "turn"
>;

const PUMP_INTERVAL_MS = 20;
const TURN_MS = 5;
const RECONNECT_DELAY_MS_MAX = 3000;
const LEAVE_POLL_MS = 20;

/**
 * Every session of one worker, in a group for each service: the clock that beats for them, the pump that
 * looks after those who wait, and the goodbye.
 */
export class SessionRegistry implements Closable {
  readonly #options: RegistryOptions;
  readonly #log: SessionLog;
  readonly #groups: AnyGroup[] = [];
  readonly #clock: Timer;
  readonly #closed = new AbortController();
  /** Ends the beat that is under way, by doing the rest of it at once. */
  #beating = new AbortController();
  #pump: Timer | undefined;
  #turn: Timer | undefined;
  #draining = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#log = options.log ?? new SessionLog();
    this.#clock = setInterval(() => this.#beat(), HEARTBEAT_INTERVAL_MS);
  }

  /** Whether the goodbye has begun: nobody new MUST be let in. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Makes room for the sessions of one more service. */
  group<S extends Session>(options: GroupOptions<S>): SessionGroup<S> {
    const wake = () => this.#schedulePump();
    const queue = () => this.#scheduleTurn();
    const handedOver = () => {
      if (this.#options.buffers.due) this.#countBuffered();
    };
    const context = { ...this.#options, log: this.#log, wake, queue, handedOver };
    const group = new SessionGroup<S>(context, options);
    this.#groups.push(group);
    return group;
  }

  /** What sessions are handed is about to change: all MUST have what they are being handed now. */
  finish(): void {
    for (const group of this.#groups) group.finish();
  }

  /**
   * Tells every session at once that the server goes away, and closes them one after the other. They are
   * served until it is their turn. Resolves when the sockets are closed, or the grace is over, which a client
   * that does not read can outlast.
   */
  async drain({ noticeMs, windowMs, graceMs }: DrainTimes): Promise<void> {
    this.#draining = true;
    const closings = this.#announceClosing();
    const { signal } = this.#closed;
    if (closings.length > 0) await sleep(noticeMs, signal);
    await doPaced(closings, windowMs, signal);
    // Whoever was still being upgraded when the drain began.
    for (const close of this.#announceClosing()) close();
    const deadlineAtMs = performance.now() + graceMs;
    const { counters } = this.#options;
    while (counters.value("sockets") > 0 && performance.now() < deadlineAtMs && !signal.aborted) {
      await sleep(LEAVE_POLL_MS, signal);
    }
  }

  /** Says goodbye to every session that there is still, and stops. */
  close(): void {
    this.#draining = true;
    this.#closed.abort();
    this.#beating.abort();
    clearInterval(this.#clock);
    clearInterval(this.#pump);
    clearTimeout(this.#turn);
    for (const close of this.#announceClosing()) close();
    this.#log.close();
  }

  #announceClosing(): (() => void)[] {
    return this.#groups.flatMap((group) => group.announceClosing(RECONNECT_DELAY_MS_MAX));
  }

  /** Counts before the heartbeats, which wait in every socket for a moment. */
  #beat(): void {
    this.#beating.abort();
    this.#beating = new AbortController();
    this.#countBuffered();
    const beats = this.#groups.map((group) => group.beat());
    const parts = beats.flat();
    // Few sessions are looked after in one go: each waking costs as much as some of them.
    const isOne = beats.every((ofGroup) => ofGroup.length <= 1);
    const windowMs = isOne ? 0 : HEARTBEAT_INTERVAL_MS * (1 - 1 / parts.length);
    doPaced(parts, windowMs, this.#beating.signal);
  }

  #countBuffered(): void {
    for (const group of this.#groups) group.countBuffered();
    this.#options.buffers.counted();
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

  /** Sessions with much to send take turns, and the event loop has its own in between. */
  #scheduleTurn(): void {
    this.#turn ??= setTimeout(() => {
      this.#turn = undefined;
      const untilMs = performance.now() + (this.#options.turnMs ?? TURN_MS);
      const isOver = () => performance.now() >= untilMs;
      const left = this.#groups.filter((group) => group.turn(isOver));
      if (left.length > 0) this.#scheduleTurn();
    }, 0);
  }
}
