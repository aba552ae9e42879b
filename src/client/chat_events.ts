import type { ChatSystem } from "../session/chat_protocol.ts";
import type { ClientFault } from "./feed_events.ts";
import type { LinkState } from "./link_state.ts";
import type { OutgoingMessage, OutgoingStatus } from "./outgoing_message.ts";
import type { SaidBatch } from "./room_timeline.ts";

/** How a client stands to one of its rooms. */
export type RoomState =
  /** It wants to be in, and waits for a connection or an answer. */
  | { readonly phase: "joining"; readonly username: string | undefined }
  | {
    readonly phase: "joined";
    /** The name in use. */
    readonly username: string;
    /** Whether the server keeps what is said now in the history. */
    readonly kept: boolean;
  }
  /**
   * The server does not let it in, such as with `username_taken`. `join` with another name tries again;
   * so does every new connection, with the same name.
   */
  | {
    readonly phase: "refused";
    readonly username: string | undefined;
    readonly code: string;
    readonly message: string;
  }
  /** `leave` was called; the client has forgotten the room. */
  | { readonly phase: "left" };

/** Who is in a room. */
export interface Presence {
  /** Its name. */
  readonly room: string;
  /** How many, exactly. */
  readonly count: number;
  /** Their names, at most 100. */
  readonly users: readonly string[];
}

/** What a chat client tells its listeners. */
export interface ChatEvents {
  /** Every change of `ChatClient.state`. */
  state: LinkState;
  /** A room's state has changed. */
  room: { readonly room: string; readonly state: RoomState };
  /** Others have said something, or the history has it; never the same message twice. */
  said: SaidBatch & { readonly room: string };
  /** Something happened in a room. */
  system: ChatSystem;
  /** Who is in a room has changed. */
  presence: Presence;
  /** What has become of something that this client said; the first status is `pending`. */
  outgoing: { readonly message: OutgoingMessage; readonly status: OutgoingStatus };
  /** What went wrong without ending the client. */
  error: ClientFault;
}
