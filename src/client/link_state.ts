/** Why a client does not try to connect. */
export type StopReason =
  /** `start` has not been called yet. */
  | { readonly kind: "not_started" }
  /** `stop` was called. */
  | { readonly kind: "asked" }
  /** The server closed with a code that says not to come back. */
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** The server refused what the client cannot do without, such as a subscription; the code and message are its own. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

/**
 * What a client's connection is doing. `staleSinceMs` is when the server was last heard, in milliseconds
 * since the unix epoch: since then what the client shows may be old. It is undefined before the first
 * contact, when there is nothing to be old.
 */
export type LinkState =
  | {
    readonly phase: "connecting";
    /** 0 for the first connection, else which attempt to reconnect this is. */
    readonly attempt: number;
    readonly staleSinceMs: number | undefined;
  }
  /** Everything wanted has arrived, and changes arrive as they happen. */
  | { readonly phase: "live"; readonly session: string }
  /** The connection is open but mute; it is being given up. */
  | { readonly phase: "stale"; readonly staleSinceMs: number }
  | {
    readonly phase: "reconnecting";
    /** Which attempt will be next, from 1. */
    readonly attempt: number;
    /** When it will be made, in milliseconds since the unix epoch. */
    readonly retryAtMs: number;
    /** Why the last connection ended, for people to read. */
    readonly reason: string;
    readonly staleSinceMs: number | undefined;
  }
  | {
    readonly phase: "stopped";
    readonly reason: StopReason;
    readonly staleSinceMs: number | undefined;
  };
