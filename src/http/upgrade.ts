import { offeredProtocols } from "../auth/carriers.ts";
import type { Doorkeeper } from "../auth/doorkeeper.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import { Lease } from "../session/lease.ts";
import type { SessionRegistry } from "../session/registry.ts";
import type { Anteroom } from "./anteroom.ts";
import { isOriginAllowed, type OriginPolicy } from "./origin.ts";
import type { SocketService } from "./socket_services.ts";

/** What an upgrade needs. */
export interface UpgradeContext {
  readonly registry: Pick<SessionRegistry, "full">;
  /** Whether the server says goodbye to its clients: nobody new is let in. */
  isDraining(): boolean;
  readonly origins: OriginPolicy;
  readonly doorkeeper: Doorkeeper;
  readonly anteroom: Anteroom;
  readonly counters: MetricWriter;
  /** Without a word from the client for half of it Deno pings, and after all of it without an answer it closes. */
  readonly idleTimeoutMs: number;
}

/** What RFC 6750 has a refused client told. */
export const CHALLENGE = { "www-authenticate": 'Bearer realm="quotewire"' };

const log = logger("http");

/** Whether the request asks to become a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Turns a request into a session of the service, or refuses it with an HTTP status and a sentence. Of the
 * subprotocols that the client offers, the first that the service speaks is taken; clients state them in
 * the order of their preference. Where none is offered, none is spoken. A client that has not said who it
 * is has to do so by its first message, where authentication is on.
 *
 * @param peer the client's address. Like the headers it has to be read before the upgrade, after which
 * Deno throws "Request closed" (measured on 2.9.6).
 */
export async function upgrade(
  request: Request,
  peer: string,
  service: SocketService,
  context: UpgradeContext,
): Promise<Response> {
  const broken = context.isDraining() ? DRAINING : brokenRule(request, service, context);
  if (broken !== undefined) return refuse(broken, peer, context);
  const admission = await context.doorkeeper.handshake(request);
  if (admission.kind === "refused") {
    return refuse({ status: 401, reason: admission.fault }, peer, context);
  }
  if (admission.kind === "unknown" && context.anteroom.full) {
    const reason = "Cannot upgrade: too many wait to show a token; bring it with the handshake";
    return refuse({ status: 503, reason }, peer, context);
  }
  const protocol = offeredProtocols(request.headers).find((name) =>
    service.protocols.includes(name)
  );
  const prepared = service.prepare(new URL(request.url), protocol);
  if (!prepared.ok) {
    const reason = `Cannot upgrade: ${prepared.fault}`;
    return refuse({ status: 400, reason }, peer, context);
  }
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: context.idleTimeoutMs / 1000,
    ...(protocol === undefined ? {} : { protocol }),
  });
  const verify = (token: string) => context.doorkeeper.socketToken(token);
  if (admission.kind === "granted") {
    const { grant } = admission;
    const lease = context.doorkeeper.asks ? new Lease(grant, verify) : Lease.open;
    prepared.open(socket, { peer, lease });
  } else {
    const admit = (lease: Lease) => prepared.open(socket, { peer, lease });
    context.anteroom.keep(socket, peer, admit);
  }
  return response;
}

interface Refusal {
  readonly status: 400 | 401 | 403 | 426 | 503;
  readonly reason: string;
}

const DRAINING: Refusal = {
  status: 503,
  reason: "Cannot upgrade: the server is going away; try again later",
};

function refuse(refusal: Refusal, peer: string, context: UpgradeContext): Response {
  const { status, reason } = refusal;
  context.counters.add("rejected_total", 1);
  log.info("Handshake refused: {reason}", {
    code: "http_handshake_refused",
    peer,
    status,
    reason,
  });
  return new Response(`${reason}\n`, { status, headers: status === 401 ? CHALLENGE : {} });
}

/** Deno checks neither method, version nor origin itself (measured on 2.9.6). */
function brokenRule(
  request: Request,
  service: SocketService,
  context: UpgradeContext,
): Refusal | undefined {
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
  const offered = offeredProtocols(request.headers);
  if (offered.length > 0 && !service.protocols.some((name) => offered.includes(name))) {
    const rule = service.protocols.map((name) => `offer ${name} or `).join("");
    return {
      status: 400,
      reason: `Cannot upgrade: Sec-WebSocket-Protocol must ${rule}be absent`,
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
