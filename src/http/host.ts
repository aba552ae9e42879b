import { isIP } from "node:net";

/** What decides by which names the server may be addressed. */
export interface HostPolicy {
  /** Names without a port that the operator allows, in lower case. */
  readonly allowedHosts: readonly string[];
  /** Whether the server listens on loopback alone. */
  readonly loopback: boolean;
}

const HOST_REGEXP = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[\w.-]+))(?::\d{0,5})?$/;

/**
 * Whether the server may be addressed by this name, with or without a port. A page on a name of its own can make
 * that name resolve to this machine (DNS rebinding): to the browser, page and server then have the same
 * origin, and only the name gives it away. Addresses and `localhost` cannot be rebound and are always
 * welcome. Other names are where the operator lists them; where none are listed, a server on loopback
 * takes none, and any other takes all, because it cannot know what it is called: all that a URL can have.
 */
export function isHostAllowed(host: string, policy: HostPolicy): boolean {
  const groups = HOST_REGEXP.exec(host.toLowerCase())?.groups;
  if (groups === undefined || !URL.canParse(`http://${host}`)) return false;
  if (policy.allowedHosts.length === 0 && !policy.loopback) return true;
  const { v6, name = "" } = groups;
  if (v6 !== undefined) return isIP(v6) === 6;
  const isLocal = name === "localhost" || name.endsWith(".localhost");
  return isLocal || isIP(name) === 4 || policy.allowedHosts.includes(name);
}
