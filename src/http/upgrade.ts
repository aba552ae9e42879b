import type { AddressSet } from "../address.ts";
import { offeredProtocols } from "../auth/carriers.ts";
import type { Doorkeeper } from "../auth/doorkeeper.ts";
import type { Grant } from "../auth/grant.ts";
import { excerpt } from "../excerpt.ts";
import type { MetricWriter } from "../metrics.ts";
import { Lease } from "../session/lease.ts";
import type { Admission } from "./admission.ts";
import type { Anteroom } from "./anteroom.ts";
import { clientOf } from "./client_address.ts";
import type { FrameGuard } from "./frame_guard.ts";
import {
  brokenRule,
  type HandshakeRules,
  missingRoom,
  type Refusal,
  RETRY_LATER,
} from "./handshake.ts";
import type { Refusals } from "./refusals.ts";
import type { SocketService } from "./socket_services.ts";

/** What an upgrade needs. */
export interface UpgradeContext extends HandshakeRules {
  readonly admission: Admission;
  readonly doorkeeper: Doorkeeper;
  readonly anteroom: Anteroom;
  readonly frameGuard: Pick<FrameGuard, "watch">;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: AddressSet;
  readonly refusals: Refusals;
  readonly counters: MetricWriter;
  /** Without a word from the client for half of it Deno pings, and after all of it without an answer it closes. */
  readonly idleTimeoutMs: number;
}

/** What RFC 6750 has a refused client told. */
export const CHALLENGE = { "www-authenticate": 'Bearer realm="quotewire"' };

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
  const { address, peer } = clientOf(request, remote, context.trustedProxies);
  const { protocols } = service;
  const handshake = { request, address, protocols };
  const broken = brokenRule(handshake, context);
  if (broken !== undefined) return refuse(broken, peer, context);
  const protocol = offeredProtocols(request.headers).find((name) => protocols.includes(name));
  const prepared = service.prepare(new URL(request.url), protocol);
  if (!prepared.ok) {
    const reason = `Cannot upgrade: ${prepared.fault}`;
    return refuse({ rule: "path", status: 400, reason }, peer, context);
  }
  const client = await context.doorkeeper.handshake(request);
  if (client.kind === "refused") {
    const { fault: reason } = client;
    context.counters.add("auth_failures_handshake", 1);
    return refuse({ rule: "token", status: 401, reason, headers: CHALLENGE }, peer, context);
  }
  const noRoom = missingRoom(handshake, context);
  if (noRoom !== undefined) return refuse(noRoom, peer, context);
  if (client.kind === "unknown" && context.anteroom.full) {
    const reason = "Cannot upgrade: too many wait to show a token; bring it with the handshake";
    const rule = "waiting_for_token";
    return refuse({ rule, status: 503, reason, headers: RETRY_LATER }, peer, context);
  }
  const { socket, response } = switchProtocols(request, protocol, context.idleTimeoutMs);
  context.frameGuard.watch(socket, peer);
  context.admission.admit(socket, address);
  if (client.kind === "unknown") {
    context.anteroom.keep(socket, peer, (lease) => prepared.open(socket, { peer, address, lease }));
  } else {
    prepared.open(socket, { peer, address, lease: leaseOf(client.grant, context.doorkeeper) });
  }
  return response;
}

/** Refuses a handshake to a path without a service. Returns the reason as the client is to be told it. */
export function refusePath(
  request: Request,
  remote: Pick<Deno.NetAddr, "hostname" | "port">,
  { trustedProxies, refusals }: Pick<UpgradeContext, "trustedProxies" | "refusals">,
): string {
  const { peer } = clientOf(request, remote, trustedProxies);
  // Without the query, in which a ticket may be.
  const { pathname } = new URL(request.url);
  const reason = `Cannot upgrade: must be a path that speaks WebSocket, is ${excerpt(pathname)}`;
  return refusals.note("path", reason, peer);
}

function leaseOf(grant: Grant, doorkeeper: Doorkeeper): Lease {
  if (!doorkeeper.asks) return Lease.open;
  return new Lease(grant, doorkeeper.socketToken);
}

/**
 * Upgrades by a stand-in for the request that is let go afterwards: Deno 2.9.6 keeps what it is handed
 * for as long as the socket lives, which is 5 KB of headers, the client's token among them. It also finds a
 * subprotocol only in a list with exactly one blank behind each comma, and throws otherwise; RFC 9110, section
 * 5.6.1, leaves the blanks to the client.
 *
 * @param request whose handshake breaks no rule
 */
function switchProtocols(
  request: Request,
  protocol: string | undefined,
  idleTimeoutMs: number,
): Deno.WebSocketUpgrade {
  const offer = protocol === undefined ? {} : { protocol };
  const headers = new Headers({
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": request.headers.get("sec-websocket-key") ?? "",
    ...(protocol === undefined ? {} : { "sec-websocket-protocol": protocol }),
  });
  const standIn: Request = Object.create(request, {
    headers: { value: headers, configurable: true },
    url: { value: request.url },
  });
  const upgraded = Deno.upgradeWebSocket(standIn, { idleTimeout: idleTimeoutMs / 1000, ...offer });
  // Both are needed: an object that never lost a property remembers its first prototype.
  Reflect.deleteProperty(standIn, "headers");
  Object.setPrototypeOf(standIn, null);
  return upgraded;
}

function refuse(refusal: Refusal, peer: string, { refusals }: UpgradeContext): Response {
  const { rule, status, reason, headers = {} } = refusal;
  const told = refusals.note(rule, reason, peer);
  return new Response(`${told}\n`, { status, headers });
}
