import type { EnvReader } from "../env.ts";

const SOCKET_PROTOCOLS: Record<string, string> = {
  "ws:": "ws:",
  "wss:": "wss:",
  "http:": "ws:",
  "https:": "wss:",
};

/**
 * The URL of a WebSocket service. The address of the dashboard, which is the one that people have at
 * hand, stands for the service's own path.
 *
 * @returns undefined when the text is no such URL
 */
export function readSocketUrl(text: string, defaultPath: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url === undefined ? undefined : SOCKET_PROTOCOLS[url.protocol];
  if (url === undefined || protocol === undefined) return undefined;
  const path = url.pathname === "/" ? defaultPath : url.pathname;
  return new URL(`${protocol}//${url.host}${path}${url.search}`);
}

/**
 * The one URL among a command's arguments, or the default. A fault is told to `faults`, and the default
 * taken.
 */
export function readUrl(
  positionals: readonly string[],
  service: { readonly default: string; readonly path: string },
  faults: EnvReader,
): URL {
  const [text = service.default, ...others] = positionals;
  if (others.length > 0) faults.fault("URL", "must be one at most", `${positionals.length}`);
  const url = readSocketUrl(text, service.path);
  if (url === undefined) faults.fault("URL", `must be like ${service.default}`, text);
  return url ?? new URL(service.default);
}
