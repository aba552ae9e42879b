import { permit } from "../auth/grant.ts";
import type { BookChange } from "../hub/replica.ts";
import { encodeQuotes } from "../price/quote_json.ts";
import { parseClientMessage } from "./client_messages.ts";
import { CLOSE_CODES } from "./close_codes.ts";
import type { ErrorCode } from "./error_codes.ts";
import { frame, heartbeatFrame, updateFrame } from "./frames.ts";
import { HighWater } from "./high_water.ts";
import type { Lease } from "./lease.ts";
import { Outbox, type OutboxTotals } from "./outbox.ts";
import {
  type AuthReply,
  type ClientMessage,
  HEARTBEAT_INTERVAL_MS,
  PRICE_PROTOCOL_DEFLATE,
  PROTOCOL_LIMITS,
  type RequestId,
  type ServerMessage,
} from "./protocol.ts";
import { RateLimit, type RateLimitOptions } from "./rate_limit.ts";
import type { EndSession, PriceSession, SessionContext, SessionSocket } from "./session.ts";
import type { Selections } from "./selections.ts";
import type { SharedDocument } from "./shared_document.ts";
import type { SharedFrames } from "./shared_frames.ts";
import type { StreamPlace } from "./shared_stream.ts";
import type { SharedSnapshots } from "./shared_snapshots.ts";
import { Subscription, type SubscriptionRequest } from "./subscription.ts";
import type { V1Encoding } from "./v1_encoding.ts";

/** What v1 sessions stand on. */
export interface V1Context extends SessionContext {
  /** How this client gets its documents. */
  readonly encoding: V1Encoding;
  /** Snapshots that it may share with others. */
  readonly snapshots: SharedSnapshots;
  /** Where it says what it selects. */
  readonly selections: Selections;
}

/** How often a client may change its subscription. */
const CHANGES: RateLimitOptions = {
  perSecondMax: PROTOCOL_LIMITS.changesPerSecondMax,
  burstMax: PROTOCOL_LIMITS.changesBurstMax,
};

type State =
  | { readonly kind: "greeted"; readonly sinceMs: number }
  | { readonly kind: "subscribed"; readonly subscription: Subscription };

/** A client that knows more than its worker: another one was faster. */
interface Ahead {
  /** Where the client is, and the worker will be. */
  readonly seq: number;
  readonly sinceMs: number;
  /** What it gets when the worker is there. */
  owed: "delta" | "snapshot";
}

const SUBSCRIBE_DEADLINE_MS = 10_000;
/** Workers are milliseconds apart, or seconds. A position that is not reached by then never existed. */
const AHEAD_DEADLINE_MS = 10_000;

/** A client of v1, in either encoding: subscriptions, snapshots, sequence numbers, resume, heartbeats. */
export class V1Session implements PriceSession {
  readonly kind: "v1_json" | "v1_deflate";
  readonly #id = crypto.randomUUID();
  readonly #socket: SessionSocket;
  readonly #context: V1Context;
  readonly #lease: Lease;
  readonly #end: EndSession;
  readonly #highWater: HighWater;
  readonly #outbox: Outbox;
  readonly #place: StreamPlace = { piece: 0 };
  readonly #changes = new RateLimit(CHANGES);
  #state: State = { kind: "greeted", sinceMs: 0 };
  #ahead: Ahead | undefined;
  /**
   * Whether a snapshot is under way for which the client did not ask: it does not know that positions
   * count for nothing before its end, nor perhaps their epoch, and is not told any.
   */
  #startsOver = false;

  constructor(socket: SessionSocket, context: V1Context, lease: Lease, end: EndSession) {
    this.#socket = socket;
    this.#context = context;
    this.#lease = lease;
    this.#end = end;
    this.#highWater = new HighWater(socket, context.limits);
    const { encoding, snapshots } = context;
    this.kind = encoding.protocol === PRICE_PROTOCOL_DEFLATE ? "v1_deflate" : "v1_json";
    this.#outbox = new Outbox(
      socket,
      {
        update: (entries, seq, conflated) => [
          encoding.encode(
            updateFrame(seq, encodeQuotes(entries.map(({ quote }) => quote)).joined, conflated),
          ),
        ],
        snapshot: (chunk) => [snapshots.frame(chunk, this.#history, encoding)],
      },
      context.limits,
      this.#highWater,
    );
  }

  get totals(): OutboxTotals {
    return this.#outbox.totals;
  }

  start(nowMs: number): void {
    this.#state = { kind: "greeted", sinceMs: nowMs };
    this.#send({
      type: "hello",
      session: this.#id,
      epoch: this.#context.view.epoch,
      server_time: Date.now(),
      heartbeat_ms: HEARTBEAT_INTERVAL_MS,
      limits: {
        symbols: PROTOCOL_LIMITS.symbolsMax,
        sources: PROTOCOL_LIMITS.sourcesMax,
        history: PROTOCOL_LIMITS.historyMax,
        max_rate_ms: PROTOCOL_LIMITS.rateMsMax,
        changes_per_second: PROTOCOL_LIMITS.changesPerSecondMax,
        changes_burst: PROTOCOL_LIMITS.changesBurstMax,
      },
      auth: this.#lease.terms,
    });
  }

  receive(data: unknown, nowMs: number): boolean {
    const parsed = parseClientMessage(data);
    if (parsed.ok) this.#answer(parsed.message, nowMs);
    else this.#fail("invalid_message", parsed.fault, parsed.id);
    return parsed.ok;
  }

  deliver(_change: BookChange, frames: SharedFrames, nowMs: number): void {
    if (this.#state.kind !== "subscribed") return;
    const { subscription } = this.#state;
    if (this.#ahead !== undefined) return this.#meet(this.#ahead, subscription, nowMs);
    const selected = frames.select(subscription);
    if (selected.count === 0) return;
    const { sharedUpdate } = this.#context.encoding;
    this.#outbox.offer(selected, nowMs, () => selected.frames(sharedUpdate, this.#place));
  }

  get waiting(): boolean {
    return !this.#outbox.idle;
  }

  get ready(): boolean {
    return this.#outbox.ready;
  }

  pump(nowMs: number): void {
    const pumped = this.#outbox.pump(nowMs);
    if (pumped === "too_slow") this.#end(CLOSE_CODES.tooSlow, "stopped reading");
  }

  heartbeat(shared: SharedDocument, nowMs: number): void {
    if (this.#state.kind === "greeted" && nowMs - this.#state.sinceMs > SUBSCRIBE_DEADLINE_MS) {
      return this.#end(CLOSE_CODES.noSubscription, `none within ${SUBSCRIBE_DEADLINE_MS} ms`);
    }
    if (this.#ahead !== undefined && this.#state.kind === "subscribed") {
      this.#meet(this.#ahead, this.#state.subscription, nowMs);
    }
    if (this.#startsOver && this.#outbox.owesSnapshot) return;
    this.#startsOver = false;
    if (this.#highWater.reached) return;
    const { view, encoding } = this.#context;
    const seq = this.#ahead?.seq ?? this.#outbox.seq(view.seq);
    this.#socket.send(
      seq === view.seq ? shared.frame(encoding) : encoding.encode(heartbeatFrame(seq, view.feed())),
    );
  }

  reset(nowMs: number): void {
    this.#ahead = undefined;
    if (this.#state.kind === "subscribed") this.#startOver(this.#state.subscription, nowMs);
  }

  answerAuth(reply: AuthReply): void {
    this.#send(reply);
  }

  ended(): void {
    this.#context.selections.move(this.#selection, undefined);
  }

  announceClosing(reason: string, reconnectAfterMs: number): void {
    this.#send({ type: "closing", reason, reconnect_after_ms: reconnectAfterMs });
  }

  #answer(message: ClientMessage, nowMs: number): void {
    switch (message.type) {
      case "stats":
        return this.#send({ type: "stats", id: message.id, stats: this.#context.stats() });
      case "ping":
        return this.#send({ type: "pong", id: message.id, server_time: Date.now() });
    }
    if (!this.#changes.take(nowMs)) return this.#refuse(message);
    switch (message.type) {
      case "subscribe":
        return this.#permitted(message, (allowed) => this.#subscribe(message.id, allowed, nowMs));
      case "unsubscribe":
        return this.#unsubscribe(message.id, message.symbols, nowMs);
      case "resume":
        return this.#permitted(message, (allowed) => this.#resume(allowed, nowMs));
    }
  }

  /** A snapshot costs milliseconds, and so does the list of all that is subscribed to. */
  #refuse({ type, id }: ClientMessage): void {
    const { changesPerSecondMax, changesBurstMax } = PROTOCOL_LIMITS;
    const rule = `must be ${changesPerSecondMax} a second at most, ${changesBurstMax} at once`;
    this.#fail("rate_limited", `Cannot ${type}: ${rule}`, id);
  }

  /** Goes on with what of the request the client's token allows. */
  #permitted<Asked extends SubscriptionRequest & { readonly id: RequestId }>(
    asked: Asked,
    goOn: (allowed: Asked) => void,
  ): void {
    const permission = permit(asked.symbols, this.#lease.grant.symbols, "symbol");
    if (permission.ok) return goOn({ ...asked, symbols: permission.names });
    this.#fail("forbidden", `Cannot subscribe: ${permission.fault}`, asked.id);
  }

  #subscribe(id: RequestId, request: SubscriptionRequest, nowMs: number): void {
    if (this.#state.kind === "greeted") {
      const subscription = this.#adopt(id, Subscription.of(request), nowMs);
      return this.#snapshot(subscription, nowMs);
    }
    const before = this.#state.subscription;
    const change = before.extend(request);
    if (!change.ok) {
      return this.#fail("invalid_subscription", `Cannot subscribe: ${change.fault}`, id);
    }
    const after = this.#adopt(id, change.subscription, nowMs);
    // A client that has everything so far needs the symbols that it asks for now, and no others.
    const hasTheRest = this.#outbox.idle && this.#ahead === undefined &&
      request.sources === undefined;
    this.#snapshot(hasTheRest ? after.narrowed(request.symbols) : after, nowMs);
  }

  #unsubscribe(id: RequestId, symbols: readonly string[] | "*", nowMs: number): void {
    if (this.#state.kind === "greeted") {
      return this.#fail("not_subscribed", "Cannot unsubscribe: must be subscribed first", id);
    }
    const change = this.#state.subscription.without(symbols);
    if (!change.ok) {
      return this.#fail("invalid_subscription", `Cannot unsubscribe: symbols ${change.fault}`, id);
    }
    const after = this.#adopt(id, change.subscription, nowMs);
    this.#outbox.retain((quote) => after.matches(quote));
  }

  #resume(message: Extract<ClientMessage, { type: "resume" }>, nowMs: number): void {
    if (this.#state.kind === "subscribed") {
      const fault = "Cannot resume: must come before any subscription";
      return this.#fail("invalid_subscription", fault, message.id);
    }
    const { view } = this.#context;
    const subscription = this.#adopt(message.id, Subscription.of(message), nowMs);
    const known = message.epoch === view.epoch;
    const to = known ? Math.max(message.seq, view.seq) : view.seq;
    this.#send({ type: "resumed", from: message.seq, to, kind: known ? "delta" : "snapshot" });
    if (!known) return this.#snapshot(subscription, nowMs);
    if (to === view.seq) return this.#delta(subscription, message.seq, nowMs);
    this.#ahead = { seq: to, sinceMs: nowMs, owed: "delta" };
  }

  /** Goes on with a client that was ahead, once the worker is where the client is. */
  #meet({ seq, sinceMs, owed }: Ahead, subscription: Subscription, nowMs: number): void {
    const reached = this.#context.view.seq >= seq;
    if (!reached && nowMs - sinceMs <= AHEAD_DEADLINE_MS) return;
    this.#ahead = undefined;
    if (reached && owed === "delta") this.#delta(subscription, seq, nowMs);
    else this.#startOver(subscription, nowMs);
  }

  /** Sends what has changed after a position. */
  #delta(subscription: Subscription, fromSeq: number, nowMs: number): void {
    const { book, seq } = this.#context.view;
    const entries = subscription.select(book).filter((entry) => entry.seq > fromSeq);
    if (entries.length === 0) return;
    this.#outbox.offer({ entries, count: entries.length, fromSeq, seq }, nowMs);
  }

  #adopt(id: RequestId, subscription: Subscription, nowMs: number): Subscription {
    this.#context.selections.move(this.#selection, subscription.selection);
    this.#state = { kind: "subscribed", subscription };
    this.#outbox.setRate(subscription.maxRateMs, nowMs);
    this.#send({ type: "ack", id, subscription: subscription.toWire() });
    return subscription;
  }

  #startOver(subscription: Subscription, nowMs: number): void {
    this.#startsOver = true;
    this.#snapshot(subscription, nowMs);
  }

  #snapshot(subscription: Subscription, nowMs: number): void {
    if (this.#ahead !== undefined) {
      this.#ahead.owed = "snapshot";
      return;
    }
    const { snapshots, view } = this.#context;
    const entries = snapshots.select(subscription);
    this.#outbox.offerSnapshot(entries, view.seq, nowMs, subscription.history);
  }

  get #selection(): string | undefined {
    return this.#state.kind === "subscribed" ? this.#state.subscription.selection : undefined;
  }

  get #history(): number {
    return this.#state.kind === "subscribed" ? this.#state.subscription.history : 0;
  }

  #fail(code: ErrorCode, message: string, id: RequestId | undefined): void {
    this.#send({ type: "error", ...(id === undefined ? {} : { id }), code, message });
  }

  /** Answers are small, but a client that asks without reading must not fill the memory with them. */
  #send(message: ServerMessage): void {
    if (this.#highWater.overrun) {
      return this.#end(CLOSE_CODES.tooSlow, "asks without reading the answers");
    }
    this.#socket.send(this.#context.encoding.encode(frame(message)));
  }
}
