import type { BookChange } from "../hub/replica.ts";
import type { SessionRegistry } from "../session/registry.ts";
import type { SessionContext } from "../session/session.ts";
import type { SessionGroup } from "../session/session_group.ts";
import { SharedFrames } from "../session/shared_frames.ts";
import type { Visitor } from "../session/visitor.ts";
import { EventsSession } from "./events_session.ts";
import { timedFrames, type Topic } from "./topics.ts";

/** The topic stream on one worker. All of its clients share one clock, and what they get alike is encoded once. */
export class EventsChannel {
  readonly #context: SessionContext;
  readonly #sessions: SessionGroup<EventsSession>;

  constructor(registry: SessionRegistry, context: SessionContext) {
    this.#context = context;
    this.#sessions = registry.group({ endpoint: "events", beat: () => this.#tick() });
  }

  /** Takes over a socket that is being upgraded. */
  open(socket: WebSocket, topics: ReadonlySet<Topic>, visitor: Visitor): void {
    this.#sessions.open(
      socket,
      visitor,
      (outlet, end) =>
        new EventsSession(outlet, this.#context, { topics, lease: visitor.lease }, end),
    );
  }

  /** Hands a change of the book to every session, as `PriceChannel.deliver`. */
  deliver(change: BookChange): void {
    const frames = new SharedFrames(change);
    this.#sessions.spread((session, nowMs) => session.deliver(change, frames, nowMs));
  }

  /** Starts every session over with every quote. */
  reset(): void {
    this.#sessions.each((session, nowMs) => session.reset(nowMs));
  }

  #tick() {
    return () => {
      const frames = timedFrames(() => this.#context.stats());
      return (session: EventsSession, nowMs: number) => session.tick(frames, nowMs);
    };
  }
}
