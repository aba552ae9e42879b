import type { ChatContent } from "../db/chat_store.ts";
import type { RequestId } from "../session/protocol.ts";

/** What a worker asks of the desk for one of its sessions. Requests of one session are answered in their order. */
export type ToDesk =
  & { readonly session: string }
  & (
    | JoinRequest
    | SayRequest
    | RoomRequest<"presence" | "leave">
    | RoomRequest<"rename"> & { readonly username: string }
    | HistoryRequest
    /** The session is over. */
    | { readonly kind: "gone" }
  );

/** What all requests that concern a room have in common. */
export interface RoomRequest<Kind extends string> {
  readonly kind: Kind;
  readonly room: string;
  /** The client's, for the answer; without one only a refusal is answered. */
  readonly id?: RequestId | undefined;
}

/** Wants to be in a room. */
export interface JoinRequest extends RoomRequest<"join"> {
  /** A free one is chosen when left out. */
  readonly username?: string | undefined;
  /** Whether the session is a plain relay, which is told nothing but what others say. */
  readonly relay: boolean;
  /** Messages of history at most. */
  readonly history: number;
  /** Only history after this id. */
  readonly after?: string | undefined;
  /** Whose the connection is, for what one address may have. */
  readonly address: string;
  /** An earlier session of the same client, whose name may be taken over. */
  readonly former?: string | undefined;
}

/** Wants to read what was said in a room. */
export interface HistoryRequest extends RoomRequest<"history"> {
  readonly limit: number;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** Says something in a room. */
export interface SayRequest extends RoomRequest<"say"> {
  readonly content: ChatContent;
  /** Makes repeating harmless. */
  readonly key?: string | undefined;
}

/** Requests that may bring a page of history. */
export type PageRequest = JoinRequest | HistoryRequest;

/** What the desk tells a worker. */
export type FromDesk =
  /** A frame for one session that is not a relay. */
  | { readonly kind: "tell"; readonly session: string; readonly frame: string }
  /** A request was not done: the frame says why. A relay, which understands no frame, has to go. */
  | { readonly kind: "refuse"; readonly session: string; readonly frame: string }
  /** As `refuse`, because the session's address says too much. */
  | { readonly kind: "hold_back"; readonly session: string; readonly frame: string }
  /**
   * A `join` or `history` of a session that is not a relay is done with. What a join brings was told before;
   * the answer to a `history` comes along, because a client that has it may ask for the next.
   */
  | {
    readonly kind: "answered";
    readonly session: string;
    readonly request: Pick<PageRequest, "kind" | "room">;
    readonly frame?: string | undefined;
  }
  /** From now on the session hears what is said in the room. */
  | { readonly kind: "enter"; readonly session: string; readonly room: string }
  /** From now on it does not. */
  | { readonly kind: "exit"; readonly session: string; readonly room: string }
  /** Something for everybody in the room but one. */
  | Announcement
  /** Another session of the same client has taken its place. */
  | { readonly kind: "end"; readonly session: string };

/** Something for everybody in a room. */
export interface Announcement {
  readonly kind: "announce";
  readonly room: string;
  /** The session that it comes from, which does not get it. */
  readonly except?: string | undefined;
  /** For sessions that speak the protocol. */
  readonly frame: string;
  /** For relays, where it is something for them. */
  readonly plain?: string | Uint8Array<ArrayBuffer> | undefined;
}

/** Whether the desk says when it is done with a request. A relay is told no history. */
export function bringsPage(request: ToDesk): request is ToDesk & PageRequest {
  return request.kind === "history" || (request.kind === "join" && !request.relay);
}
