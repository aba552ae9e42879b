/** What an `error` message can say, and what the client should do; `docs/protocol.md` lists the same codes. */
export const ERROR_CODES = {
  /** Not a JSON document, not text, or not a message of the protocol. Mend the client. */
  invalid_message: "invalid_message",
  /** A subscription that breaks a limit, or takes symbols from "*". Ask for something else. */
  invalid_subscription: "invalid_subscription",
  /** The request needs a subscription first. */
  not_subscribed: "not_subscribed",
} as const;

/** One of the codes. */
export type ErrorCode = keyof typeof ERROR_CODES;
