import type { BookChange } from "../hub/replica.ts";
import type { BookEntry } from "../price/book.ts";
import { CLOSE_CODES } from "./close_codes.ts";
import type { ErrorCode } from "./error_codes.ts";
import { classicQuoteJson } from "./frames.ts";
import { HighWater } from "./high_water.ts";
import type { Lease } from "./lease.ts";
import { type Framing, Outbox, type OutboxTotals } from "./outbox.ts";
import type { EndSession, PriceSession, SessionContext, SessionSocket } from "./session.ts";
import { sameForAll, type SharedFrames } from "./shared_frames.ts";
import { NO_STREAM } from "./shared_stream.ts";
import { Subscription } from "./subscription.ts";

/** One frame per quote; neither sequence numbers nor ends of snapshots exist in this dialect. */
const FRAMING: Framing = {
  update: encodeUpdate,
  snapshot: ({ list, start, end }) =>
    list.slice(start, end).map((entry) => classicQuoteJson(entry.quote)),
};

const ENCODE_UPDATE = sameForAll(({ entries }) => encodeUpdate(entries));

/**
 * The price feed as the workshop's clients know it: a greeting, then the newest quote of each symbol and
 * source and every change, one frame each. The text `/stats` is answered; nothing else is sent unasked.
 */
export class ClassicSession implements PriceSession {
  readonly kind = "classic";
  readonly #socket: SessionSocket;
  readonly #context: SessionContext;
  readonly #end: EndSession;
  readonly #highWater: HighWater;
  readonly #outbox: Outbox;

  /** What the client's token allows, which it cannot choose among. */
  readonly #subscription: Subscription;

  constructor(socket: SessionSocket, context: SessionContext, lease: Lease, end: EndSession) {
    this.#socket = socket;
    this.#context = context;
    this.#end = end;
    this.#highWater = new HighWater(socket, context.limits);
    this.#outbox = new Outbox(socket, FRAMING, context.limits, this.#highWater);
    this.#subscription = Subscription.allowed(lease.grant);
  }

  get totals(): OutboxTotals {
    return this.#outbox.totals;
  }

  start(nowMs: number): void {
    this.#reply({ type: "connected", message: "Connected to stock price feed" });
    this.reset(nowMs);
  }

  receive(data: unknown): boolean {
    if (data === "/stats") {
      this.#reply({ type: "stats", ...this.#context.stats() });
      return true;
    }
    const actual = typeof data === "string" ? `a text of ${data.length} characters` : "binary";
    this.#reply({
      type: "error",
      code: "invalid_message" satisfies ErrorCode,
      message: `Cannot understand the message: must be /stats, is ${actual}`,
    });
    return false;
  }

  deliver(_change: BookChange, frames: SharedFrames, nowMs: number): void {
    const selected = frames.select(this.#subscription);
    if (selected.count === 0) return;
    this.#outbox.offer(selected, nowMs, () => selected.frames(ENCODE_UPDATE, NO_STREAM));
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

  heartbeat(): void {}

  reset(nowMs: number): void {
    const { book, seq } = this.#context.view;
    this.#outbox.offerSnapshot(this.#subscription.select(book), seq, nowMs);
  }

  announceClosing(): void {}

  #reply(message: Record<string, unknown>): void {
    if (this.#highWater.overrun) {
      return this.#end(CLOSE_CODES.tooSlow, "asks without reading the answers");
    }
    this.#socket.send(JSON.stringify(message));
  }
}

function encodeUpdate(entries: readonly BookEntry[]): readonly string[] {
  return entries.map(({ quote }) => classicQuoteJson(quote));
}
