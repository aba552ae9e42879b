/** Characters of the longest token that is looked at. */
export const TOKEN_CHARACTERS_MAX = 8192;

/** What a ticket begins with, so that it is never taken for a token. */
export const TICKET_PREFIX = "qwt_";

/** How long a socket may be open before its client says who it is, where the handshake has not said it. */
export const TOKEN_DEADLINE_MS = 5000;

/** What a browser offers beside the real subprotocol, with its token behind it; never answered. */
export const BEARER_PROTOCOL_PREFIX = "quotewire.bearer.";

/** What a request brings to say who makes it. */
export type Carried =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "none" }
  /** A Bearer header that holds anything but one token. */
  | { readonly kind: "unreadable" };

const BEARER_REGEXP = /^Bearer +([^ ,]+) *$/i;
/** Several headers of one name arrive as one, with commas between. */
const MENTION_REGEXP = /^(?:[^"]*,)? *Bearer(?:[ ,]|$)/i;

/** The token of an `Authorization: Bearer` header. Other schemes are somebody else's. */
export function headerToken(headers: Headers): Carried {
  const header = headers.get("authorization") ?? "";
  const token = BEARER_REGEXP.exec(header)?.[1];
  if (token !== undefined) return { kind: "token", token };
  return { kind: MENTION_REGEXP.test(header) ? "unreadable" : "none" };
}

/** The token or ticket of a handshake: from its `Authorization` header, or among the subprotocols. */
export function handshakeToken(headers: Headers): Carried {
  const carried = headerToken(headers);
  const carrier = subprotocols(headers).find((name) => name.startsWith(BEARER_PROTOCOL_PREFIX));
  if (carried.kind !== "none" || carrier === undefined) return carried;
  return { kind: "token", token: carrier.slice(BEARER_PROTOCOL_PREFIX.length) };
}

/** The ticket in a handshake's URL. MUST NOT be taken for a token: URLs end up in logs. */
export function urlTicket(url: string): Carried {
  const ticket = new URL(url).searchParams.get("ticket");
  return ticket === null ? { kind: "none" } : { kind: "token", token: ticket };
}

/** The subprotocols that a handshake offers, without what carries a token. */
export function offeredProtocols(headers: Headers): string[] {
  return subprotocols(headers).filter((name) => !name.startsWith(BEARER_PROTOCOL_PREFIX));
}

function subprotocols(headers: Headers): string[] {
  const header = headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").map((word) => word.trim()).filter((word) => word !== "");
}
