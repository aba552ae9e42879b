import type { BookChange } from "../hub/replica.ts";
import { PRICE_KINDS } from "../metrics.ts";
import { ClassicSession } from "./classic_session.ts";
import { heartbeatFrame } from "./frames.ts";
import type { SessionRegistry } from "./registry.ts";
import type { PriceDialect, PriceSession, SessionContext } from "./session.ts";
import type { SessionGroup } from "./session_group.ts";
import { SharedFrames } from "./shared_frames.ts";
import { V1Session } from "./v1_session.ts";

/** The price feed on one worker: hands its sessions what changes, and beats their hearts. */
export class PriceChannel {
  readonly #context: SessionContext;
  readonly #sessions: SessionGroup<PriceSession>;

  constructor(registry: SessionRegistry, context: SessionContext) {
    this.#context = context;
    this.#sessions = registry.group({ kinds: PRICE_KINDS, beat: () => this.announceFeed() });
  }

  /** Takes over a socket that is being upgraded. */
  open(socket: WebSocket, dialect: PriceDialect, peer: string): void {
    const Dialect = dialect === "v1" ? V1Session : ClassicSession;
    this.#sessions.open(socket, peer, (end) => new Dialect(socket, this.#context, end));
  }

  /** Hands a change of the book to every session that it concerns. */
  deliver(change: BookChange): void {
    const frames = new SharedFrames(change);
    this.#sessions.each((session, nowMs) => session.deliver(change, frames, nowMs));
  }

  /** Tells every session the feed's state: with each heartbeat, and when it changes. */
  announceFeed(): void {
    const { view } = this.#context;
    let encoded: string | undefined;
    const shared = () => encoded ??= heartbeatFrame(view.seq, view.feed());
    this.#sessions.each((session, nowMs) => session.heartbeat(shared, nowMs));
  }

  /** Starts every session over with a snapshot. */
  reset(): void {
    this.#sessions.each((session, nowMs) => session.reset(nowMs));
  }
}
