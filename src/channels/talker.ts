import type { Announcement, PageRequest, ToDesk } from "../chat/desk_messages.ts";
import type { Lease } from "../session/lease.ts";
import type { EndSession, LiveLimits, Session, SessionSocket } from "../session/session.ts";

/** A session of the chat, in one dialect. The channel calls it with what the desk says. */
export interface Talker extends Session {
  readonly kind: "chat" | "relay";
  /** Names it at the desk; a secret of its client. */
  readonly id: string;
  /** Takes a frame that is for it alone. */
  tell(frame: string): void;
  /** Takes the answer to a request that was not done. */
  refuse(frame: string): void;
  /** Takes the answer to a request that was not done because its address says too much. */
  holdBack(frame: string): void;
  /** The desk is done with a request that may have brought a page of history. @param frame the answer to a `history` */
  answered?(request: Pick<PageRequest, "kind" | "room">, frame: string | undefined): void;
  /** Takes what somebody else said, or what happened in one of its rooms. */
  hear(announcement: Announcement): void;
  /** Another session of the same client has taken its place. */
  replaced(): void;
  /** Called once a second. `heartbeat` is a frame, when it is time for one. */
  beat(heartbeat: string | undefined, nowMs: number): void;
}

/** What a talker is made of. */
export interface TalkerContext {
  readonly socket: SessionSocket;
  readonly limits: LiveLimits;
  /** Which rooms it may join. */
  readonly lease: Lease;
  /** Where it comes from, as `subscriberOf` has it. */
  readonly address: string;
  /** The room of the path. */
  readonly room: string;
  readonly end: EndSession;
  /** Asks the desk. */
  ask(request: ToDesk): void;
}
