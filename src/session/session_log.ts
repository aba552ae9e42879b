import { faultEntries } from "../errors.ts";
import type { Closable } from "../lifecycle.ts";
import { FEW_LINES, type LineAllowance, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import { SESSION_SERVICES, type SessionKind } from "../metric_names.ts";
import type { Traffic } from "./counted_socket.ts";
import type { Visitor } from "./visitor.ts";

/** How a session ended. */
export interface Ending {
  readonly by: "client" | "server";
  /** As in the close frame; of a connection that broke off, what stands for that. */
  readonly code: number;
  /** May be the client's own words. */
  readonly reason: string;
}

/** What there was to a session that is over. */
export interface PastSession {
  readonly kind: SessionKind;
  readonly visitor: Visitor;
  readonly ending: Ending;
  readonly durationMs: number;
  readonly sent: Traffic;
  readonly received: Traffic;
  /** Sessions of this service that there are still, in all workers. */
  readonly active: number;
}

/** A client's own reason may have 123 bytes, an error's text any number. */
const REASON_CHARACTERS_MAX = 80;
const CLOSED: LineAllowance = { linesMax: 100, windowMs: 10_000 };

const log = logger("session");

/**
 * What the log is told of one worker's sessions: a line for each that ended, and one for each that failed.
 * Whoever opens and closes a thousand a second gets as many lines as would be read, and then a number; how
 * clients end and how the server ends them is counted apart, so that the one does not hide the other.
 */
export class SessionLog implements Closable {
  readonly #closed: LineLimit;
  readonly #failed: LineLimit;

  constructor(closed: LineAllowance = CLOSED, failed: LineAllowance = FEW_LINES) {
    this.#closed = new LineLimit({ log, level: "info", of: "session_closed", ...closed });
    this.#failed = new LineLimit({ log, level: "error", of: "session_failed", ...failed });
  }

  closed({ kind, visitor, ending, durationMs, sent, received, active }: PastSession): void {
    if (!this.#closed.take(`by the ${ending.by}`)) return;
    log.info(
      "Session closed: {protocol} from {peer}, code {closeCode} ({reason}) after {durationMs} ms, " +
        "{sentFrames} frames out and {receivedFrames} in, {active} active",
      {
        code: "session_closed",
        ...SESSION_SERVICES[kind],
        peer: visitor.peer,
        subject: visitor.lease.grant.subject,
        closeCode: ending.code,
        reason: ending.reason.slice(0, REASON_CHARACTERS_MAX),
        durationMs: Math.round(durationMs),
        sentFrames: sent.frames,
        sentBytes: sent.bytes,
        receivedFrames: received.frames,
        receivedBytes: received.bytes,
        active,
      },
    );
  }

  failed(peer: string, error: unknown): void {
    if (!this.#failed.take()) return;
    log.error("Session of {peer} failed: {reason}", {
      code: "session_failed",
      peer,
      ...faultEntries(error),
    });
  }

  /** Says how many lines it has left out so far. */
  close(): void {
    this.#closed.close();
    this.#failed.close();
  }
}
