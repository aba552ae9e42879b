import type { AddressSet } from "../address.ts";
import { offeredProtocols } from "../auth/carriers.ts";
import type { Doorkeeper } from "../auth/doorkeeper.ts";
import type { Grant } from "../auth/grant.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import { Lease } from "../session/lease.ts";
import type { Admission } from "./admission.ts";
import type { Anteroom } from "./anteroom.ts";
import { clientAddress } from "./client_address.ts";
import { brokenRule, type HandshakeRules, missingRoom, type Refusal } from "./handshake.ts";
import type { SocketService } from "./socket_services.ts";

/** What an upgrade needs. */
export interface UpgradeContext extends HandshakeRules {
  readonly admission: Admission;
  readonly doorkeeper: Doorkeeper;
  readonly anteroom: Anteroom;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: AddressSet;
  readonly counters: MetricWriter;
  /** Without a word from the client for half of it Deno pings, and after all of it without an answer it closes. */
  readonly idleTimeoutMs: number;
}

/** What RFC 6750 has a refused client told. */
export const CHALLENGE = { "www-authenticate": 'Bearer realm="quotewire"' };

const log = logger("http");

/**
 * Turns a request into a session of the service, or refuses it with an HTTP status and a sentence. Of the
 * subprotocols that the client offers, the first that the service speaks is taken; clients state them in
 * the order of their preference. Where none is offered, none is spoken. A client that has not said who it
 * is has to do so by its first message, where authentication is on.
 *
 * @param remote the other end of the connection. Like the headers it has to be read before the upgrade,
 * after which Deno throws "Request closed" (measured on 2.9.6).
 */
export async function upgrade(
  request: Request,
  remote: Pick<Deno.NetAddr, "hostname" | "port">,
  service: SocketService,
  context: UpgradeContext,
): Promise<Response> {
  const forwardedFor = request.headers.get("x-forwarded-for");
  const address = clientAddress(remote.hostname, forwardedFor, context.trustedProxies);
  const end = `${remote.hostname}:${remote.port}`;
  const peer = address === remote.hostname ? end : `${address} through ${end}`;
  const { protocols } = service;
  const handshake = { request, address, protocols };
  const broken = brokenRule(handshake, context);
  if (broken !== undefined) return refuse(broken, peer, context);
  const protocol = offeredProtocols(request.headers).find((name) => protocols.includes(name));
  const prepared = service.prepare(new URL(request.url), protocol);
  if (!prepared.ok) {
    return refuse({ status: 400, reason: `Cannot upgrade: ${prepared.fault}` }, peer, context);
  }
  const client = await context.doorkeeper.handshake(request);
  if (client.kind === "refused") {
    return refuse({ status: 401, reason: client.fault, headers: CHALLENGE }, peer, context);
  }
  const noRoom = missingRoom(handshake, context);
  if (noRoom !== undefined) return refuse(noRoom, peer, context);
  if (client.kind === "unknown" && context.anteroom.full) {
    const reason = "Cannot upgrade: too many wait to show a token; bring it with the handshake";
    return refuse({ status: 503, reason }, peer, context);
  }
  if (protocol !== undefined) spaceProtocols(request);
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: context.idleTimeoutMs / 1000,
    ...(protocol === undefined ? {} : { protocol }),
  });
  context.admission.admit(socket, address);
  if (client.kind === "unknown") {
    context.anteroom.keep(socket, peer, (lease) => prepared.open(socket, { peer, lease }));
  } else {
    prepared.open(socket, { peer, lease: leaseOf(client.grant, context.doorkeeper) });
  }
  return response;
}

function leaseOf(grant: Grant, doorkeeper: Doorkeeper): Lease {
  if (!doorkeeper.asks) return Lease.open;
  return new Lease(grant, (token) => doorkeeper.socketToken(token));
}

/**
 * Deno finds a subprotocol only in a list with exactly one blank behind each comma, and throws otherwise
 * (measured on 2.9.6); RFC 9110, section 5.6.1, leaves the blanks to the client.
 */
function spaceProtocols(request: Request): void {
  const headers = new Headers(request.headers);
  headers.set("sec-websocket-protocol", offeredProtocols(request.headers).join(", "));
  Object.defineProperty(request, "headers", { value: headers });
}

function refuse(refusal: Refusal, peer: string, context: UpgradeContext): Response {
  const { status, reason, headers = {} } = refusal;
  context.counters.add("rejected_total", 1);
  log.info("Handshake refused: {reason}", {
    code: "http_handshake_refused",
    peer,
    status,
    reason,
  });
  return new Response(`${reason}\n`, { status, headers });
}
