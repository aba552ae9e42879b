import type { BookChange } from "../hub/replica.ts";
import type { Book } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { SessionKind } from "../metric_names.ts";
import type { CloseCode } from "./close_codes.ts";
import type { SessionLimits } from "../config.ts";
import type { Frame, OutboxLimits, OutboxTotals, Transport } from "./outbox.ts";
import type { AuthReply } from "./protocol.ts";
import type { SharedDocument } from "./shared_document.ts";
import type { SharedFrames } from "./shared_frames.ts";

/** The part of a WebSocket that a session needs. */
export interface SessionSocket extends Transport {
  send(frame: Frame | ArrayBuffer): void;
}

/** The isolate's copy of the book, as sessions see it. */
export interface BookView {
  readonly book: Book;
  readonly epoch: string;
  readonly seq: number;
  feed(): FeedStatus;
}

/** Limits of all sessions, with the mark that is in force. */
export type LiveLimits = SessionLimits & Pick<OutboxLimits, "sendMark">;

/** What sessions of one worker share. */
export interface SessionContext {
  readonly view: BookView;
  readonly limits: OutboxLimits;
  /** Counters of the whole server, for a client that asks. */
  stats(): Record<string, unknown>;
}

/** How a session ends itself: by a close code, once. */
export type EndSession = (code: CloseCode, detail: string) => void;

/**
 * One connection, whatever it speaks. The registry and its channel call; a session never acts by itself,
 * holds no timer, and reads the clock only from what it is handed.
 */
export interface Session {
  readonly kind: SessionKind;
  /** What became of the price changes so far, where it gets any. */
  readonly totals?: OutboxTotals;
  /** Greets the client. Called once, when the socket is open. */
  start(nowMs: number): void;
  /**
   * Handles one message of the client. MUST answer a malformed one with an error and go on.
   * Returns whether the message was well-formed.
   */
  receive(data: unknown, nowMs: number): boolean;
  /** Whether something waits for the client: `pump` is then called until nothing does. */
  readonly waiting: boolean;
  /**
   * Whether it could go on sending at once, and has only made room for others: `pump` is then called in
   * one of the next turns of the event loop.
   */
  readonly ready?: boolean;
  /** Sends what waits, a bounded part of it at a time, and ends the session when it has waited too long. */
  pump(nowMs: number): void;
  /** Sends the answer to an `auth` message in its protocol; where it has none, it goes out as a text of JSON. */
  answerAuth?(reply: AuthReply): void;
  /** Announces that the server will close the connection, where the protocol has a word for it. */
  announceClosing(reason: string, reconnectAfterMs: number): void;
  /** Called once when the session is over, however it ended. */
  ended?(): void;
}

/** One connection to the price feed, in one dialect. */
export interface PriceSession extends Session {
  readonly kind: PriceDialect;
  /** Takes a change of the book. */
  deliver(change: BookChange, frames: SharedFrames, nowMs: number): void;
  /** Called once a second. `shared` is the heartbeat of every client that has everything. */
  heartbeat(shared: SharedDocument, nowMs: number): void;
  /** The book was replaced under a new epoch: start over with a snapshot. */
  reset(nowMs: number): void;
}

/** How a client of the price feed speaks. */
export type PriceDialect = "classic" | "v1_json" | "v1_deflate";
