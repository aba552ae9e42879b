import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import { PRICE_PROTOCOL_JSON } from "../session/protocol.ts";
import type { SessionRegistry } from "../session/registry.ts";
import { isOriginAllowed, type OriginPolicy } from "./origin.ts";

/** What an upgrade to the price feed needs. */
export interface UpgradeContext {
  readonly registry: SessionRegistry;
  readonly origins: OriginPolicy;
  readonly counters: MetricWriter;
}

/** Seconds without a word from the client after which Deno pings it, and closes if the ping stays unanswered. */
const IDLE_TIMEOUT_SECONDS = 30;

const log = logger("http");

/** Whether the request asks to become a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Turns a request into a session of the price feed, or refuses it with an HTTP status and a sentence.
 * The protocol is `quotewire.v1.json` where the client offers it, and classic where it offers none.
 *
 * @param peer the client's address. Like the headers it has to be read before the upgrade, after which
 * Deno throws "Request closed" (measured on 2.9.6).
 */
export function upgradeToPrices(
  request: Request,
  peer: string,
  context: UpgradeContext,
): Response {
  const refusal = refuse(request, context);
  if (refusal !== undefined) {
    context.counters.add("rejected_total", 1);
    log.info("Handshake refused: {reason}", {
      code: "http_handshake_refused",
      peer,
      status: refusal.status,
      reason: refusal.reason,
    });
    return new Response(`${refusal.reason}\n`, { status: refusal.status });
  }
  const v1 = offeredProtocols(request).includes(PRICE_PROTOCOL_JSON);
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    ...(v1 ? { protocol: PRICE_PROTOCOL_JSON } : {}),
  });
  context.registry.open(socket, v1 ? "v1" : "classic", peer);
  return response;
}

interface Refusal {
  readonly status: 400 | 403 | 426 | 503;
  readonly reason: string;
}

/** Deno checks neither method, version nor origin itself (measured on 2.9.6). */
function refuse(request: Request, context: UpgradeContext): Refusal | undefined {
  const { headers } = request;
  const version = headers.get("sec-websocket-version");
  if (request.method !== "GET" || !/\bupgrade\b/i.test(headers.get("connection") ?? "")) {
    return { status: 400, reason: "Cannot upgrade: must be a GET with Connection: Upgrade" };
  }
  if (version !== "13") {
    return {
      status: 426,
      reason: `Cannot upgrade: Sec-WebSocket-Version must be 13, is ${version ?? "missing"}`,
    };
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get("sec-websocket-key") ?? "")) {
    return { status: 400, reason: "Cannot upgrade: Sec-WebSocket-Key must be 16 bytes in base64" };
  }
  const protocols = offeredProtocols(request);
  if (protocols.length > 0 && !protocols.includes(PRICE_PROTOCOL_JSON)) {
    return {
      status: 400,
      reason:
        `Cannot upgrade: Sec-WebSocket-Protocol must offer ${PRICE_PROTOCOL_JSON} or be absent`,
    };
  }
  const origin = headers.get("origin");
  if (!isOriginAllowed(origin, headers.get("host"), context.origins)) {
    return {
      status: 403,
      reason: `Cannot upgrade: Origin must be this server's or in ALLOWED_ORIGINS, is ${origin}`,
    };
  }
  if (context.registry.full) {
    return {
      status: 503,
      reason: "Cannot upgrade: MAX_SESSIONS are open already; try again later",
    };
  }
  return undefined;
}

function offeredProtocols(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").map((word) => word.trim()).filter((word) => word !== "");
}
