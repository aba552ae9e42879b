import type { BookChange } from "../hub/replica.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { HighWater } from "../session/high_water.ts";
import type { Lease } from "../session/lease.ts";
import { type Framing, Outbox, type OutboxTotals } from "../session/outbox.ts";
import { HEARTBEAT_INTERVAL_MS } from "../session/protocol.ts";
import type { EndSession, Session, SessionContext, SessionSocket } from "../session/session.ts";
import { sameForAll, type SharedFrames } from "../session/shared_frames.ts";
import { NO_STREAM } from "../session/shared_stream.ts";
import { Subscription } from "../session/subscription.ts";
import { Echo } from "./echo.ts";
import {
  priceFrames,
  type TimedFrames,
  timedFrames,
  type TimedTopic,
  type Topic,
} from "./topics.ts";

const FRAMING: Framing = {
  update: priceFrames,
  snapshot: ({ list, start, end }) => priceFrames(list.slice(start, end)),
};
const ENCODE_PRICES = sameForAll(({ entries }) => priceFrames(entries));
const TIMED_TOPICS: readonly TimedTopic[] = ["random", "stats"];

/**
 * One connection to the topic stream: the topics that it chose as `{topic, payload}`, and every message
 * of its own back. For a client that is slow to read, timed topics skip and prices conflate.
 */
export class EventsSession implements Session {
  readonly kind = "events";
  readonly #socket: SessionSocket;
  readonly #context: SessionContext;
  readonly #topics: ReadonlySet<Topic>;
  /** What of the topic `prices` the client's token allows. */
  readonly #prices: Subscription;
  readonly #end: EndSession;
  readonly #highWater: HighWater;
  readonly #outbox: Outbox;
  readonly #echo: Echo;
  #tickedAtMs = -Infinity;

  constructor(
    socket: SessionSocket,
    context: SessionContext,
    { topics, lease }: { readonly topics: ReadonlySet<Topic>; readonly lease: Lease },
    end: EndSession,
  ) {
    this.#socket = socket;
    this.#context = context;
    this.#topics = topics;
    this.#prices = Subscription.allowed(lease.grant);
    this.#end = end;
    this.#highWater = new HighWater(socket, context.limits);
    this.#outbox = new Outbox(socket, FRAMING, context.limits, this.#highWater);
    this.#echo = new Echo(socket, this.#highWater, end);
  }

  get totals(): OutboxTotals {
    return this.#outbox.totals;
  }

  start(nowMs: number): void {
    this.tick(timedFrames(() => this.#context.stats()), nowMs);
    this.reset(nowMs);
  }

  receive(data: unknown): boolean {
    this.#echo.send(data);
    return true;
  }

  /** Takes a change of the book. */
  deliver(_change: BookChange, frames: SharedFrames, nowMs: number): void {
    if (!this.#topics.has("prices")) return;
    const selected = frames.select(this.#prices);
    if (selected.count === 0) return;
    this.#outbox.offer(selected, nowMs, () => selected.frames(ENCODE_PRICES, NO_STREAM));
  }

  /** The book was replaced under a new epoch: start over with every quote. */
  reset(nowMs: number): void {
    if (!this.#topics.has("prices")) return;
    const { book, seq } = this.#context.view;
    this.#outbox.offerSnapshot(this.#prices.select(book), seq, nowMs);
  }

  /** Called once a second. A tick right behind the start is left out. */
  tick(frames: TimedFrames, nowMs: number): void {
    if (nowMs - this.#tickedAtMs < HEARTBEAT_INTERVAL_MS / 2) return;
    this.#tickedAtMs = nowMs;
    for (const topic of TIMED_TOPICS) {
      if (this.#topics.has(topic) && !this.#highWater.reached) {
        this.#socket.send(frames[topic]());
      }
    }
  }

  get waiting(): boolean {
    return !this.#outbox.idle || this.#echo.waiting;
  }

  get ready(): boolean {
    return this.#outbox.ready;
  }

  pump(nowMs: number): void {
    // Before the outbox fills the socket again: what counts is what the client has taken since.
    this.#echo.watch(nowMs);
    const pumped = this.#outbox.pump(nowMs);
    if (pumped === "too_slow") this.#end(CLOSE_CODES.tooSlow, "stopped reading");
  }

  /** The stream has no topic for it. The close code says it as well. */
  announceClosing(): void {}
}
