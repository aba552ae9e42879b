import { offeredProtocols } from "../auth/carriers.ts";
import { excerpt, hostExcerpt } from "../excerpt.ts";
import type { RefusalRule } from "../metric_names.ts";
import type { Admission, FullLimit } from "./admission.ts";
import { isOriginAllowed, type OriginPolicy } from "./origin.ts";

/** A request to become a WebSocket. */
export interface Handshake {
  readonly request: Request;
  /** The client's address, as far as it is believed. */
  readonly address: string;
  /** Subprotocols that the path speaks, beside none. */
  readonly protocols: readonly string[];
}

/** Why a handshake is refused, and how the client hears of it. */
export interface Refusal {
  readonly rule: RefusalRule;
  readonly status: 400 | 401 | 403 | 426 | 429 | 503;
  /** A sentence for whoever reads the answer or the log. */
  readonly reason: string;
  readonly headers?: Record<string, string>;
}

/** What handshakes are held against. */
export interface HandshakeRules {
  readonly access: OriginPolicy;
  readonly admission: Pick<Admission, "full">;
  /** Whether the server says goodbye to its clients: nobody new is let in. */
  isDraining(): boolean;
}

const ROOM_REFUSALS: Record<FullLimit, (address: string) => Omit<Refusal, "headers">> = {
  MAX_SESSIONS: () => ({
    rule: "sessions",
    status: 503,
    reason: "Cannot upgrade: MAX_SESSIONS are open already; try again later",
  }),
  MAX_SESSIONS_PER_IP: (address) => ({
    rule: "sessions_per_ip",
    status: 429,
    reason: `Cannot upgrade: MAX_SESSIONS_PER_IP are open already from ${address}; try again later`,
  }),
  "send buffers": () => ({
    rule: "send_buffers",
    status: 503,
    reason: "Cannot upgrade: too much waits for clients that do not read; try again later",
  }),
  "send buffers of one address": (address) => ({
    rule: "send_buffers_per_ip",
    status: 429,
    reason:
      `Cannot upgrade: too much waits for clients of ${address} that do not read; try again later`,
  }),
};

type Check = (handshake: Handshake, rules: HandshakeRules) => Refusal | undefined;

/** When to come back, in seconds. Sessions end one by one, so soon is soon enough. */
export const RETRY_LATER = { "retry-after": "5" };

/** In this order, the first that fails decides: a server that is going away serves nobody. */
const CHECKS: readonly Check[] = [
  checkDraining,
  checkRequest,
  checkVersion,
  checkKey,
  checkProtocol,
  checkOrigin,
];

/** Whether the request asks to become a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * The rule that a handshake breaks, if it breaks one. All of RFC 6455, section 4.2.1, is looked at here,
 * because Deno itself looks at no more than the presence of three headers (measured on 2.9.6).
 */
export function brokenRule(handshake: Handshake, rules: HandshakeRules): Refusal | undefined {
  for (const check of CHECKS) {
    const refusal = check(handshake, rules);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * Why there is no room for a handshake, if there is none. To be asked last, so that nobody learns more of
 * the server than they may. MUST be asked in the same turn of the event loop in which the socket is counted:
 * of those that wait for something in between, all would find the last place.
 */
export function missingRoom(handshake: Handshake, rules: HandshakeRules): Refusal | undefined {
  return checkDraining(handshake, rules) ?? checkRoom(handshake, rules);
}

function checkDraining(_handshake: Handshake, { isDraining }: HandshakeRules): Refusal | undefined {
  if (!isDraining()) return undefined;
  return {
    rule: "draining",
    status: 503,
    reason: "Cannot upgrade: the server is going away; try again later",
    headers: RETRY_LATER,
  };
}

function checkRequest({ request }: Handshake): Refusal | undefined {
  const { method, headers } = request;
  const words = (headers.get("connection") ?? "").toLowerCase().split(",").map((w) => w.trim());
  if (method === "GET" && words.includes("upgrade") && headers.has("host")) return undefined;
  return {
    rule: "request",
    status: 400,
    reason: "Cannot upgrade: must be a GET with Host and with Connection: Upgrade",
  };
}

function checkVersion({ request }: Handshake): Refusal | undefined {
  const version = request.headers.get("sec-websocket-version");
  if (version === "13") return undefined;
  return {
    rule: "version",
    status: 426,
    reason: `Cannot upgrade: Sec-WebSocket-Version must be 13, is ${
      version === null ? "missing" : excerpt(version)
    }`,
    headers: { "upgrade": "websocket", "sec-websocket-version": "13" },
  };
}

function checkKey({ request }: Handshake): Refusal | undefined {
  // 16 bytes are 21 digits of 6 bits, one of 2, and two signs of padding.
  const key = request.headers.get("sec-websocket-key") ?? "";
  if (/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)) return undefined;
  return {
    rule: "key",
    status: 400,
    reason: "Cannot upgrade: Sec-WebSocket-Key must be 16 bytes in base64",
  };
}

function checkProtocol({ request, protocols }: Handshake): Refusal | undefined {
  const offered = offeredProtocols(request.headers);
  if (offered.length === 0 || protocols.some((name) => offered.includes(name))) return undefined;
  const rule = protocols.map((name) => `offer ${name} or `).join("");
  return {
    rule: "subprotocol",
    status: 400,
    reason: `Cannot upgrade: Sec-WebSocket-Protocol must ${rule}be absent`,
  };
}

function checkOrigin({ request }: Handshake, { access }: HandshakeRules): Refusal | undefined {
  const origin = request.headers.get("origin");
  if (isOriginAllowed(origin, request.headers.get("host"), access)) return undefined;
  return {
    rule: "origin",
    status: 403,
    reason: `Cannot upgrade: Origin must be this server's or in ALLOWED_ORIGINS, is ${
      hostExcerpt(origin ?? "")
    }`,
  };
}

function checkRoom({ address }: Handshake, { admission }: HandshakeRules): Refusal | undefined {
  const limit = admission.full(address);
  return limit && { ...ROOM_REFUSALS[limit](address), headers: RETRY_LATER };
}
