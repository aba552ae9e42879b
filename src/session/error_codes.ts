/** What an `error` message can say, and what the client should do; `docs/protocol.md` lists the same codes. */
export const ERROR_CODES = {
  /** Not a JSON document, not text, or not a message of the protocol. Mend the client. */
  invalid_message: "invalid_message",
  /** A subscription that breaks a limit, or takes symbols from "*". Ask for something else. */
  invalid_subscription: "invalid_subscription",
  /** The request needs a subscription first. */
  not_subscribed: "not_subscribed",
  /** The chat request needs its sender to be in the room. */
  not_joined: "not_joined",
  /** Somebody in the room has that name, in whatever case. */
  username_taken: "username_taken",
  /** The connection, or the server, is in as many rooms as it may be. */
  too_many_rooms: "too_many_rooms",
  /** Faster than `CHAT_LIMITS` or `PROTOCOL_LIMITS` allow, or the chat is behind; the request was not done. */
  rate_limited: "rate_limited",
  /** The token of an `auth` message is not good. */
  unauthenticated: "unauthenticated",
  /** The client's token does not allow it. */
  forbidden: "forbidden",
} as const;

/** One of the codes. */
export type ErrorCode = keyof typeof ERROR_CODES;
