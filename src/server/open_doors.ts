import { isLoopback } from "../address.ts";
import { settingExcerpt } from "../excerpt.ts";
import { logger } from "../log.ts";

/** By what the configuration lets others in. */
export interface Doors {
  readonly host: string;
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[];
}

const log = logger("server");

/**
 * What in the configuration speaks for it that others than this machine's own programs reach the server,
 * directly or through a proxy; empty when nothing does.
 */
export function openDoors({ host, trustedProxies, allowedHosts }: Doors): string[] {
  const names = allowedHosts.filter((name) => !isLocalName(name)).map(settingExcerpt);
  return [
    ...(isLoopback(host)
      ? []
      : [`HOST=${settingExcerpt(host)} can be reached from other machines`]),
    ...(trustedProxies.length === 0 ? [] : ["TRUSTED_PROXIES says that a proxy lets others in"]),
    ...(names.length === 0 ? [] : [`ALLOWED_HOSTS has names for others: ${names.join(", ")}`]),
  ];
}

/** Says in the log by which doors everybody comes in, if there are any. Call it where nobody is asked for a token. */
export function warnOfOpenDoors(doors: Doors): void {
  const open = openDoors(doors);
  if (open.length === 0) return;
  log.warn(
    "AUTHENTICATION IS OFF, and {why}. Whoever comes in reads every price and every chat. Set AUTH_TOKENS, " +
      "AUTH_JWT_SECRET or AUTH_JWKS_FILE, unless a proxy asks for passwords itself; or stay on HOST=127.0.0.1 " +
      "without TRUSTED_PROXIES and ALLOWED_HOSTS (docs/security.md)",
    {
      code: "server_without_authentication",
      why: open.join("; "),
      host: settingExcerpt(doors.host),
    },
  );
}

/** Browsers look for what ends in `localhost` on their own machine (RFC 6761, 6.3). */
function isLocalName(name: string): boolean {
  return isLoopback(name) || name.endsWith(".localhost");
}
