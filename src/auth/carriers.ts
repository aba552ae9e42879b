/** Characters of the longest token that is looked at. */
export const TOKEN_CHARACTERS_MAX = 8192;

/** What a browser offers beside the real subprotocol, with its token behind it; never answered. */
export const BEARER_PROTOCOL_PREFIX = "quotewire.bearer.";

const BEARER_REGEXP = /^Bearer +([^ ]+) *$/i;

/** The token of an `Authorization: Bearer` header. Other schemes are somebody else's. */
export function headerToken(headers: Headers): string | undefined {
  return BEARER_REGEXP.exec(headers.get("authorization") ?? "")?.[1];
}

/** The token or ticket of a handshake: from its `Authorization` header, or among the subprotocols. */
export function handshakeToken(headers: Headers): string | undefined {
  const carrier = subprotocols(headers).find((name) => name.startsWith(BEARER_PROTOCOL_PREFIX));
  return headerToken(headers) ?? carrier?.slice(BEARER_PROTOCOL_PREFIX.length);
}

/** The ticket in a handshake's URL. MUST NOT be taken for a token: URLs end up in logs. */
export function urlTicket(url: string): string | undefined {
  return new URL(url).searchParams.get("ticket") ?? undefined;
}

/** The subprotocols that a handshake offers, without what carries a token. */
export function offeredProtocols(headers: Headers): string[] {
  return subprotocols(headers).filter((name) => !name.startsWith(BEARER_PROTOCOL_PREFIX));
}

function subprotocols(headers: Headers): string[] {
  const header = headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").map((word) => word.trim()).filter((word) => word !== "");
}
