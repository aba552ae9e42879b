/** One way in which a WebSocket of Quotewire ends. */
export interface CloseCode {
  readonly code: number;
  /** At most 123 bytes: `WebSocket.close` throws a SyntaxError for more (measured on Deno 2.9.6). */
  readonly reason: string;
  /** Whether a client should come back by itself. */
  readonly reconnect: boolean;
}

/** Every way in which the server ends a session; `docs/protocol.md` lists the same codes, which a test holds. */
export const CLOSE_CODES = {
  /** Issued when the client said goodbye, or a bounded command is over. */
  done: { code: 1000, reason: "done", reconnect: false },
  /** Issued to every session when the server drains. */
  goingAway: { code: 1001, reason: "server going away", reconnect: true },
  /** Issued on a violated rule that a retry would violate again. */
  policy: { code: 1008, reason: "policy violation", reconnect: false },
  /** Issued to a client that has not said in time who it is, or could not prove it. */
  unauthenticated: { code: 1008, reason: "authentication required", reconnect: false },
  /** Issued when what the client has proven has expired. */
  expired: { code: 1008, reason: "authentication expired", reconnect: false },
  /** Issued when an inbound message is larger than `MAX_MESSAGE_BYTES`. */
  tooBig: { code: 1009, reason: "message too big", reconnect: false },
  /** Issued when a handler of ours threw. */
  serverFault: { code: 1011, reason: "server fault", reconnect: true },
  /** Issued to a chat relay that the chat has no room for, or is too far behind for. */
  tryLater: { code: 1013, reason: "try again later", reconnect: true },
  /** Issued when a session stayed above its high-water mark past `SLOW_CLIENT_DEADLINE_MS`. */
  tooSlow: { code: 4008, reason: "too slow", reconnect: true },
  /** Issued when a v1 session has not subscribed within 10 s. */
  noSubscription: { code: 4009, reason: "no subscription in time", reconnect: true },
  /**
   * Issued to a session that sends more than `MAX_MESSAGES_PER_SECOND`, and to a chat relay above
   * `CHAT_LIMITS`, or whose address says too much.
   */
  rateLimit: { code: 4029, reason: "rate limit", reconnect: false },
} as const satisfies Record<string, CloseCode>;

/** From here on a code means what two programs have agreed on (RFC 6455, 7.4.2). */
const PRIVATE_CODE_MIN = 4000;

/**
 * Whether a close with this code says something of the server that only the server can know. The other
 * codes of `CLOSE_CODES` are either end's: a page that is left sends 1001, say.
 */
export function isServersOwn(code: number): boolean {
  if (code === CLOSE_CODES.serverFault.code || code === CLOSE_CODES.tryLater.code) return true;
  return code >= PRIVATE_CODE_MIN && Object.values(CLOSE_CODES).some((own) => own.code === code);
}

/**
 * Whether a client should reconnect after a close with this code. Codes that are not ours, such as 1006
 * for a broken connection, count as accidents and are worth a retry.
 */
export function shouldReconnect(code: number): boolean {
  const known = Object.values(CLOSE_CODES).find((candidate) => candidate.code === code);
  return known?.reconnect ?? true;
}
