import type { SessionLimits } from "../config.ts";
import { errorText } from "../errors.ts";
import type { BookChange } from "../hub/replica.ts";
import type { Closable } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { MetricWriter, SharedMetrics } from "../metrics.ts";
import { ClassicSession } from "./classic_session.ts";
import { CLOSE_CODES, type CloseCode } from "./close_codes.ts";
import { heartbeatFrame } from "./frames.ts";
import type { OutboxTotals } from "./outbox.ts";
import { HEARTBEAT_INTERVAL_MS } from "./protocol.ts";
import type { BookView, PriceSession, SessionContext } from "./session.ts";
import { SharedFrames } from "./shared_frames.ts";
import { V1Session } from "./v1_session.ts";

/** What the registry stands on. */
export interface RegistryOptions {
  readonly view: BookView;
  readonly limits: SessionLimits;
  /** Counts over all workers. */
  readonly metrics: SharedMetrics;
  /** Counts of this worker. */
  readonly counters: MetricWriter;
  stats(): Record<string, unknown>;
}

/** A connection and what is known of it. */
interface Member {
  readonly socket: WebSocket;
  readonly session: PriceSession;
  readonly peer: string;
  readonly openedAtMs: number;
  /** What of the session's totals the counters know. */
  counted: OutboxTotals;
}

type Timer = ReturnType<typeof setInterval>;

const PUMP_INTERVAL_MS = 20;
const RECONNECT_DELAY_MS_MAX = 3000;

const log = logger("session");

/**
 * Every price session of one worker: opens them, hands them what changes, beats their hearts, ends them.
 *
 * An exception in one session ends that session alone. A socket that does not read cannot be closed on
 * Deno (the close frame waits behind the data; measured on 2.9.6), so a session is forgotten the moment
 * it ends, while its socket counts against `MAX_SESSIONS` until the network gives it up.
 */
export class SessionRegistry implements Closable {
  readonly #options: RegistryOptions;
  readonly #context: SessionContext;
  readonly #members = new Set<Member>();
  readonly #heartbeat: Timer;
  #pump: Timer | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#context = { view: options.view, limits: options.limits, stats: () => options.stats() };
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_INTERVAL_MS);
  }

  /** Whether one more socket may be opened. Counts all workers. */
  get full(): boolean {
    return this.#options.metrics.sum("sockets") >= this.#options.limits.sessionsMax;
  }

  /** Takes over a socket that is being upgraded. */
  open(socket: WebSocket, dialect: PriceSession["dialect"], peer: string): void {
    const end = (code: CloseCode, detail: string) => this.#end(member, code, detail);
    const session = dialect === "v1"
      ? new V1Session(socket, this.#context, end)
      : new ClassicSession(socket, this.#context, end);
    const member: Member = {
      socket,
      session,
      peer,
      openedAtMs: performance.now(),
      counted: { delivered: 0, conflated: 0 },
    };
    this.#options.counters.add("sockets", 1);
    socket.onopen = () => this.#guard(member, () => this.#joined(member));
    socket.onmessage = (event) => this.#guard(member, () => this.#receive(member, event.data));
    socket.onerror = (event) => {
      const reason = event instanceof ErrorEvent ? event.message : "unknown";
      log.debug("Socket of {peer} failed: {reason}", {
        code: "session_socket_error",
        peer,
        reason,
      });
    };
    let counted = true;
    socket.onclose = (event) => {
      // Deno reports some closes twice.
      if (counted) this.#options.counters.add("sockets", -1);
      counted = false;
      this.#left(member, event.code, event.reason || "closed by the client");
    };
  }

  /** Hands a change of the book to every session that it concerns. */
  deliver(change: BookChange): void {
    const frames = new SharedFrames(change);
    const nowMs = performance.now();
    for (const member of this.#members) {
      this.#guard(member, () => member.session.deliver(change, frames, nowMs));
    }
    this.#schedulePump();
  }

  /** Tells every session the feed's state now, and not at the next heartbeat. */
  announceFeed(): void {
    this.#beat();
  }

  /** Starts every session over with a snapshot. */
  reset(): void {
    const nowMs = performance.now();
    for (const member of this.#members) this.#guard(member, () => member.session.reset(nowMs));
    this.#schedulePump();
  }

  /** Says goodbye to every session, each with a reconnect delay of its own, so that they do not return as one. */
  close(): void {
    clearInterval(this.#heartbeat);
    clearInterval(this.#pump);
    for (const member of this.#members) {
      const delayMs = Math.round(Math.random() * RECONNECT_DELAY_MS_MAX);
      this.#guard(member, () => member.session.announceClosing("server going away", delayMs));
      this.#end(member, CLOSE_CODES.goingAway, "server stops");
    }
  }

  #joined(member: Member): void {
    this.#members.add(member);
    this.#options.counters.add("connects_total", 1);
    this.#options.counters.add(`sessions_${member.session.dialect}`, 1);
    log.info("Session opened: {dialect} from {peer}, {active} active", {
      code: "session_opened",
      dialect: member.session.dialect,
      peer: member.peer,
      active: this.#active(),
    });
    member.session.start(performance.now());
    this.#schedulePump();
  }

  #receive(member: Member, data: unknown): void {
    if (!this.#members.has(member)) return;
    if (messageBytes(data) > this.#options.limits.messageBytesMax) {
      return this.#end(member, CLOSE_CODES.tooBig, `${messageBytes(data)} bytes`);
    }
    const valid = member.session.receive(data, performance.now());
    if (!valid) this.#options.counters.add("messages_invalid_total", 1);
    this.#schedulePump();
  }

  #end(member: Member, code: CloseCode, detail: string): void {
    if (code === CLOSE_CODES.tooSlow) this.#options.counters.add("slow_drops_total", 1);
    if (member.socket.readyState === WebSocket.OPEN) member.socket.close(code.code, code.reason);
    this.#left(member, code.code, detail);
  }

  #left(member: Member, code: number, reason: string): void {
    if (!this.#members.delete(member)) return;
    this.#options.counters.add(`sessions_${member.session.dialect}`, -1);
    this.#count(member);
    log.info(
      "Session closed: {dialect} from {peer}, code {closeCode} ({reason}), {active} active",
      {
        code: "session_closed",
        dialect: member.session.dialect,
        peer: member.peer,
        closeCode: code,
        reason,
        durationMs: Math.round(performance.now() - member.openedAtMs),
        active: this.#active(),
      },
    );
  }

  /** An exception in a socket's handler would end the whole process (measured on Deno 2.9.6). */
  #guard(member: Member, act: () => void): void {
    try {
      act();
    } catch (error) {
      log.error("Session of {peer} failed: {reason}", {
        code: "session_failed",
        peer: member.peer,
        reason: errorText(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
      this.#end(member, CLOSE_CODES.serverFault, errorText(error));
    }
  }

  #beat(): void {
    const { view } = this.#options;
    const nowMs = performance.now();
    let encoded: string | undefined;
    const shared = () => encoded ??= heartbeatFrame(view.seq, view.feed());
    for (const member of this.#members) {
      this.#guard(member, () => member.session.heartbeat(shared, nowMs));
      this.#count(member);
    }
  }

  #count(member: Member): void {
    const { delivered, conflated } = member.session.totals;
    const { counters } = this.#options;
    counters.add("updates_delivered_total", delivered - member.counted.delivered);
    counters.add("updates_conflated_total", conflated - member.counted.conflated);
    member.counted = { delivered, conflated };
  }

  /** Sessions that wait for their socket or their rate are looked at until none does. */
  #schedulePump(): void {
    if (this.#pump !== undefined) return;
    this.#pump = setInterval(() => {
      const nowMs = performance.now();
      let waiting = false;
      for (const member of this.#members) {
        this.#guard(member, () => {
          if (member.session.pump(nowMs)) waiting = true;
        });
      }
      if (waiting) return;
      clearInterval(this.#pump);
      this.#pump = undefined;
    }, PUMP_INTERVAL_MS);
  }

  #active(): number {
    const { metrics } = this.#options;
    return metrics.sum("sessions_classic") + metrics.sum("sessions_v1");
  }
}

function messageBytes(data: unknown): number {
  if (data instanceof ArrayBuffer) return data.byteLength;
  return typeof data === "string" ? new TextEncoder().encode(data).length : 0;
}
