import { readArguments } from "./flags.ts";
import { readSocketUrl } from "./socket_url.ts";

/** What `top` was asked to do. */
export type TopOptions =
  | { readonly kind: "help" }
  | {
    readonly kind: "top";
    /** Of the figures. */
    readonly url: URL;
    readonly intervalMs: number;
    /** Whether to show them once, and end. */
    readonly once: boolean;
  };

/** How `top` is used. */
export const TOP_USAGE = `How a running server is doing, or one line per interval in a pipe.

  top [URL] [--interval S] [--once]

  URL           the server (http://127.0.0.1:8080/)
  --interval S  seconds between two looks, 0.5 to 3600 (2)
  --once        show it once, after one interval (behind a proxy up to nine), and end
  --help        this text

QUOTEWIRE_TOKEN holds the token for a server that asks for one.`;

const DEFAULT_URL = "http://127.0.0.1:8080/";
const STATS_PATH = "/api/stats";
const WEB_PROTOCOLS: Record<string, string> = { "ws:": "http:", "wss:": "https:" };

/** @throws {ConfigError} naming every argument that cannot be used */
export function readTopOptions(args: readonly string[]): TopOptions {
  const { flags, positionals, values } = readArguments("top", args, {
    interval: "string",
    once: "boolean",
    help: "boolean",
  }, { usage: TOP_USAGE, allowPositionals: true });
  if (flags.help === true) return { kind: "help" };
  const [text = DEFAULT_URL, ...others] = positionals;
  if (others.length > 0) values.fault("URL", "must be one at most", `${positionals.length}`);
  const url = statsUrl(text);
  if (url === undefined) values.fault("URL", `must be like ${DEFAULT_URL}`, text);
  const seconds = values.decimal("--interval", { default: 2, min: 0.5, max: 3600 });
  values.throwFaults();
  return {
    kind: "top",
    url: url ?? new URL(STATS_PATH, DEFAULT_URL),
    intervalMs: seconds * 1000,
    once: flags.once === true,
  };
}

/** Takes what the other terminal programs take, too: the address of the dashboard, or of a socket. */
function statsUrl(text: string): URL | undefined {
  const socket = readSocketUrl(text, STATS_PATH);
  if (socket === undefined) return undefined;
  return new URL(STATS_PATH, `${WEB_PROTOCOLS[socket.protocol]}//${socket.host}`);
}
