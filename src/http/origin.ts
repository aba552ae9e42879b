import { isLoopback } from "../address.ts";

/** What decides which browser pages may open a socket here. */
export interface OriginPolicy {
  /** Exact origins that the operator allows, beside the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Whether the server listens on loopback alone. */
  readonly loopback: boolean;
  /** Whether the server speaks TLS itself, and its own pages therefore come by https alone. */
  readonly tls: boolean;
}

/**
 * Whether a handshake with this `Origin` header is welcome. Browsers send it always and pages cannot
 * forge it; without this check any site that a user visits could read the feed through the user's
 * browser. Programs send none, and may connect.
 *
 * The server's own pages are told by the host that they name. Behind a proxy that terminates TLS they come
 * by https although the request does not, so both schemes count there.
 *
 * A server on loopback also welcomes pages from the same machine: files (`null`) and other local
 * servers, which is how the workshop's pages are opened. Not so under a name that a proxy serves it by.
 *
 * @param host the request's own Host header
 */
export function isOriginAllowed(
  origin: string | null,
  host: string | null,
  policy: OriginPolicy,
): boolean {
  if (origin === null) return true;
  if (policy.allowedOrigins.includes(origin)) return true;
  const isLocal = policy.loopback && isLoopback(host?.replace(/:\d+$/, "") ?? "");
  if (origin === "null") return isLocal;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.origin !== origin) return false;
  const isOwnScheme = url.protocol === "https:" || (url.protocol === "http:" && !policy.tls);
  if (url.host === host && isOwnScheme) return true;
  return isLocal && isLoopback(url.hostname);
}
