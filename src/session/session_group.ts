import type { SessionLimits } from "../config.ts";
import { errorText } from "../errors.ts";
import { logger } from "../log.ts";
import {
  type CloseLabel,
  closeLabel,
  type Endpoint,
  SESSION_KINDS,
  SESSION_SERVICES,
  type SessionKind,
} from "../metric_names.ts";
import type { MetricWriter, SharedMetrics } from "../metrics.ts";
import { CLOSE_CODES, type CloseCode, isServersOwn } from "./close_codes.ts";
import { CountedSocket, TrafficCount } from "./counted_socket.ts";
import { FanOut } from "./fan_out.ts";
import type { OutboxTotals } from "./outbox.ts";
import type { SendBuffers } from "./send_buffers.ts";
import { closeWhenQuiet } from "./quiet_close.ts";
import { type AuthMessage, readAuthMessage } from "./lease.ts";
import { RateLimit, type RateLimitOptions } from "./rate_limit.ts";
import type { EndSession, Session, SessionSocket } from "./session.ts";
import type { Ending, SessionLog } from "./session_log.ts";
import { ABNORMAL_CLOSE_CODE, endCode, watchEnd } from "./socket_end.ts";
import { readOn } from "./socket_role.ts";
import type { Visitor } from "./visitor.ts";
import { WaitingBytes, type WatchedSocket } from "./waiting_bytes.ts";
import { WaitingLine } from "./waiting_line.ts";

/** What all groups of one worker stand on. */
export interface GroupContext {
  /** Sessions that are looked after in one go; 1000, whose heartbeats take some six milliseconds, by default. */
  readonly beatSessionsMax?: number;
  /** As of `FanOut`. */
  readonly portionBytesMax?: number;
  readonly limits: SessionLimits;
  /** Counts over all workers. */
  readonly metrics: SharedMetrics;
  /** Counts of this worker. */
  readonly counters: MetricWriter;
  readonly buffers: SendBuffers;
  /** Asks for `countBuffered` of every group of the worker, if it is time for that. */
  handedOver(): void;
  /** Is told of every end. */
  readonly log: SessionLog;
  /** Asks for `pump` to be called soon, and until it returns false. */
  wake(): void;
  /** Asks for `turn` to be called in the next turn of the event loop, and until it returns false. */
  queue(): void;
}

/** What a service decides about its group. */
export interface GroupOptions<S extends Session> {
  /** Under which all of its sessions count together. */
  readonly endpoint: Endpoint;
  /**
   * Called once a second, by the registry's clock. What it returns is called for each part of the sessions,
   * one after the other within that second, and makes what is done with each session of that part.
   */
  beat?(): () => (session: S, nowMs: number) => void;
}

/** A connection and what is known of it. */
interface Member<S extends Session> extends WatchedSocket {
  readonly outlet: CountedSocket;
  readonly session: S;
  readonly visitor: Visitor;
  readonly openedAtMs: number;
  readonly rate: RateLimit;
  heardAtMs: number;
  receivedFrames: number;
  receivedBytes: number;
  /** What of the session's totals the counters know. */
  counted: OutboxTotals;
  /** Beats since the socket was last seen open. */
  beatsNotOpen: number;
}

/** What a client may send at once, in seconds of its steady rate. */
const BURST_SECONDS = 5;
const NOTHING: OutboxTotals = { delivered: 0, conflated: 0, waiting: 0 };

/** A close that is under way when the clock beats is done when it beats again, or never. */
const CLOSING_BEATS_MAX = 2;
const BEAT_SESSIONS_MAX = 1000;

const log = logger("session");

/**
 * The sessions of one service on one worker. An exception in one session ends that session alone.
 *
 * A socket that does not read cannot be closed on Deno (the close frame waits behind the data; measured
 * on 2.9.6), so a session is forgotten the moment it ends, while its socket counts against `MAX_SESSIONS`,
 * and what waits in it as buffered, until the network gives it up.
 */
export class SessionGroup<S extends Session> {
  readonly #context: GroupContext;
  readonly #options: GroupOptions<S>;
  readonly #kinds: readonly SessionKind[];
  readonly #traffic: TrafficCount;
  readonly #rate: RateLimitOptions;
  readonly #members = new Map<S, Member<S>>();
  /** Members for whose clients something waits. */
  readonly #line: WaitingLine<Member<S>>;
  readonly #waiting: WaitingBytes;
  /** Nothing MUST be done with one member while another has still to have its turn. */
  readonly #fanOut: FanOut<Member<S>, (session: S, nowMs: number) => void>;

  constructor(context: GroupContext, options: GroupOptions<S>) {
    this.#context = context;
    this.#options = options;
    this.#waiting = new WaitingBytes(context.buffers);
    this.#line = new WaitingLine({
      act: (member, nowMs) => this.#act(member, () => member.session.pump(nowMs)),
      wake: () => context.wake(),
      queue: () => context.queue(),
    });
    const { endpoint } = options;
    this.#fanOut = new FanOut({
      ...context,
      handedOverBytes: context.counters.reader([`bytes_sent_${endpoint}`]),
      act: (member, task, nowMs) => this.#guard(member, () => task(member.session, nowMs)),
      onPortion: () => context.handedOver(),
    });
    this.#kinds = SESSION_KINDS.filter((kind) => SESSION_SERVICES[kind].endpoint === endpoint);
    this.#traffic = new TrafficCount(context.counters, endpoint);
    const perSecondMax = context.limits.messagesPerSecondMax;
    this.#rate = { perSecondMax, burstMax: BURST_SECONDS * perSecondMax };
  }

  /** Takes over a socket that is being upgraded, or is open, with the session that `create` makes for it. */
  open(
    socket: WebSocket,
    visitor: Visitor,
    create: (outlet: SessionSocket, end: EndSession) => S,
  ): void {
    const outlet = new CountedSocket(socket, this.#traffic);
    const session = create(outlet, (code, detail) => this.#end(member, code, detail));
    const member: Member<S> = {
      socket,
      outlet,
      session,
      visitor,
      openedAtMs: performance.now(),
      rate: new RateLimit(this.#rate),
      heardAtMs: -Infinity,
      receivedFrames: 0,
      receivedBytes: 0,
      counted: NOTHING,
      beatsNotOpen: 0,
      bufferedBytes: 0,
      sentBytesSeen: 0,
    };
    watchEnd(socket);
    socket.onmessage = (event) => this.#act(member, () => this.#receive(member, event.data));
    socket.onerror = (event) => {
      const reason = event instanceof ErrorEvent ? event.message : "unknown";
      log.debug("Socket of {peer} failed: {reason}", {
        code: "session_socket_error",
        peer: visitor.peer,
        reason,
      });
    };
    socket.onclose = (event) => {
      const code = endCode(event);
      const reason = code === ABNORMAL_CLOSE_CODE ? "connection lost" : "closed by the client";
      // The server's own end does not come here: the session has left by then. A client may say 1011 too.
      const label = isServersOwn(code) ? "other" : closeLabel(code);
      const ending: Ending = { by: "client", code, reason: event.reason || reason };
      this.#left(member, ending, { label, close: event });
    };
    const join = () => this.#act(member, () => this.#joined(member));
    if (socket.readyState === WebSocket.OPEN) join();
    else socket.onopen = join;
  }

  /** Does something with every session. What waits for a client afterwards is sent when it can be. */
  each(act: (session: S, nowMs: number) => void): void {
    this.#fanOut.all(this.#members.values(), act);
  }

  /**
   * As `each`, with time for the sockets to write in between, see `FanOut`. Sessions MUST find everything as
   * it is now until all have had their turn: whoever is about to change it calls `finish`.
   *
   * @param onDone called after the last of them
   */
  spread(act: (session: S, nowMs: number) => void, onDone?: () => void): void {
    this.#fanOut.begin(this.#members.values(), act, onDone);
  }

  /** Does at once what is left of `spread`. */
  finish(): void {
    this.#fanOut.finish();
  }

  /** Does something with one session, unless it is over. */
  one(session: S, act: () => void): void {
    const member = this.#members.get(session);
    if (member !== undefined) this.#act(member, act);
  }

  /**
   * The registry's clock has struck. Returns what looks after the sessions, a part of them at a time:
   * thousands of heartbeats in one go would hold up prices by as much as they take.
   */
  beat(): (() => void)[] {
    const make = this.#options.beat?.();
    const members = [...this.#members.values()];
    const size = this.#context.beatSessionsMax ?? BEAT_SESSIONS_MAX;
    const parts = Math.ceil(members.length / size);
    let waiting = 0;
    if (parts === 0) this.#countOutboxes(waiting);
    return Array.from({ length: parts }, (_, part) => () => {
      waiting += this.#beatSome(members.slice(part * size, (part + 1) * size), make?.());
      if (part === parts - 1) this.#countOutboxes(waiting);
    });
  }

  #countOutboxes(waiting: number): void {
    this.#context.counters.set(`outbox_quotes_${this.#options.endpoint}`, waiting);
  }

  /** Counts what waits in the sockets, those of sessions that have ended included. */
  countBuffered(): void {
    let bytes = this.#waiting.endedBytes;
    for (const member of this.#members.values()) bytes += this.#waiting.see(member);
    this.#context.counters.set(`buffered_bytes_${this.#options.endpoint}`, bytes);
  }

  /** As `WaitingLine.pump`. */
  pump(nowMs: number): boolean {
    return this.#line.pump(nowMs);
  }

  /** As `WaitingLine.turn`. */
  turn(isOver: () => boolean): boolean {
    return this.#line.turn(isOver);
  }

  /**
   * Tells every session that the server goes away, each with a reconnect delay of its own, so that they do
   * not return as one. Returns what closes each of them; one that has ended meanwhile takes no harm.
   */
  announceClosing(reconnectDelayMsMax: number): (() => void)[] {
    this.#fanOut.finish();
    return [...this.#members.values()].map((member) => {
      const delayMs = Math.round(Math.random() * reconnectDelayMsMax);
      this.#guard(member, () => member.session.announceClosing("server going away", delayMs));
      return () => this.#end(member, CLOSE_CODES.goingAway, "server stops");
    });
  }

  #joined(member: Member<S>): void {
    this.#members.set(member.session, member);
    const { kind } = member.session;
    this.#context.counters.add(`connects_${kind}`, 1);
    this.#context.counters.add(`sessions_${kind}`, 1);
    log.debug("Session opened: {protocol} from {peer}, {active} active", {
      code: "session_opened",
      ...SESSION_SERVICES[kind],
      peer: member.visitor.peer,
      subject: member.visitor.lease.grant.subject,
      active: this.#active(),
    });
    member.session.start(performance.now());
  }

  #receive(member: Member<S>, data: unknown): void {
    if (!this.#members.has(member.session)) return;
    member.heardAtMs = performance.now();
    if (!member.rate.take(member.heardAtMs)) {
      return this.#end(member, CLOSE_CODES.rateLimit, "sends too much");
    }
    const bytes = this.#traffic.received(data);
    member.receivedFrames += 1;
    member.receivedBytes += bytes;
    if (bytes > this.#context.limits.messageBytesMax) {
      return this.#end(member, CLOSE_CODES.tooBig, `${bytes} bytes`);
    }
    // Where nobody is asked for a token as well: a client may bring one, and a relay must not hand it on.
    const auth = readAuthMessage(data);
    if (auth !== undefined) return void this.#renew(member, auth);
    const valid = member.session.receive(data, member.heardAtMs);
    if (!valid) this.#context.counters.add("messages_invalid", 1);
  }

  async #renew(member: Member<S>, message: AuthMessage): Promise<void> {
    const { session, outlet, visitor } = member;
    const reply = await visitor.lease.renew(message);
    if (reply.type === "error" && reply.code === "unauthenticated") {
      this.#context.counters.add("auth_failures_renewal", 1);
    }
    this.one(session, () => {
      if (session.answerAuth !== undefined) return session.answerAuth(reply);
      if (outlet.bufferedAmount < this.#context.limits.sendBufferBytesMax) {
        return outlet.send(JSON.stringify(reply));
      }
      this.#end(member, CLOSE_CODES.tooSlow, "asks without reading the answers");
    });
  }

  #expire(member: Member<S>): void {
    this.#guard(member, () => member.session.announceClosing(CLOSE_CODES.expired.reason, 0));
    this.#end(member, CLOSE_CODES.expired, `of ${member.visitor.lease.grant.subject}`);
  }

  /**
   * Where data waits for a client that has vanished, Deno's idle timeout leaves the socket closing for
   * good, without a close event and with a `bufferedAmount` of 0 (measured on 2.9.6).
   */
  #forgetUnclosed(member: Member<S>): void {
    const open = member.socket.readyState === WebSocket.OPEN;
    member.beatsNotOpen = open ? 0 : member.beatsNotOpen + 1;
    if (member.beatsNotOpen >= CLOSING_BEATS_MAX) {
      this.#waiting.lost(member);
      this.#left(member, { by: "client", code: ABNORMAL_CLOSE_CODE, reason: "vanished" });
      // It may come back and say something: then Deno would say nothing more of the connection.
      readOn(member.socket);
    }
  }

  #end(member: Member<S>, code: CloseCode, detail: string): void {
    if (!this.#members.has(member.session)) return;
    if (code === CLOSE_CODES.tooSlow) this.#context.counters.add("slow_drops", 1);
    this.#waiting.see(member);
    closeWhenQuiet(member.socket, code, member.heardAtMs);
    const reason = `${code.reason}: ${detail}`;
    this.#left(member, { by: "server", code: code.code, reason });
  }

  /** @param how which kind of end it counts as, and the close of the socket if that has been */
  #left(
    member: Member<S>,
    ending: Ending,
    how: { readonly label?: CloseLabel; readonly close?: CloseEvent } = {},
  ): void {
    if (!this.#members.delete(member.session)) return;
    this.#line.delete(member);
    this.#waiting.leave(member, how.close);
    const { kind } = member.session;
    this.#context.counters.add(`sessions_${kind}`, -1);
    this.#context.counters.add(`closes_${how.label ?? closeLabel(ending.code)}`, 1);
    this.#count(member);
    member.session.ended?.();
    this.#context.log.closed({
      kind,
      visitor: member.visitor,
      ending,
      durationMs: performance.now() - member.openedAtMs,
      sent: member.outlet.sent,
      received: { frames: member.receivedFrames, bytes: member.receivedBytes },
      active: this.#active(),
    });
  }

  /** Returns how many quotes wait for those who are still there. */
  #beatSome(members: readonly Member<S>[], act?: (session: S, nowMs: number) => void): number {
    const present = members.filter(({ session }) => this.#members.has(session));
    if (act !== undefined) this.#fanOut.all(present, act);
    let waiting = 0;
    for (const member of present) {
      waiting += this.#count(member);
      this.#forgetUnclosed(member);
      if (member.visitor.lease.ended(Date.now())) this.#expire(member);
    }
    return waiting;
  }

  /** As `#guard`, and then looks at how much that has handed over. */
  #act(member: Member<S>, act: () => void): void {
    this.#fanOut.finish();
    this.#guard(member, act);
    this.#context.handedOver();
  }

  /** An exception in a socket's handler would end the whole process (measured on Deno 2.9.6). */
  #guard(member: Member<S>, act: () => void): void {
    try {
      act();
      if (member.session.waiting && this.#members.has(member.session)) this.#line.add(member);
    } catch (error) {
      this.#context.log.failed(member.visitor.peer, error);
      this.#end(member, CLOSE_CODES.serverFault, errorText(error));
    }
  }

  /** Brings the counters up to date. Returns how many quotes wait for the client. */
  #count(member: Member<S>): number {
    const totals = member.session.totals ?? NOTHING;
    const { counters } = this.#context;
    counters.add("updates_delivered", totals.delivered - member.counted.delivered);
    counters.add("updates_conflated", totals.conflated - member.counted.conflated);
    member.counted = totals;
    return totals.waiting;
  }

  #active(): number {
    return this.#context.metrics.sessions(this.#kinds);
  }
}
