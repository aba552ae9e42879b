import type { Compression } from "../client/compression.ts";
import { Subscription, type SubscriptionOptions } from "../client/subscription.ts";
import { PROTOCOL_LIMITS } from "../session/protocol.ts";
import { readArguments } from "./flags.ts";
import { readUrl } from "./socket_url.ts";

/** What `watch` was asked to do. */
export type WatchOptions =
  | { readonly kind: "help" }
  | {
    readonly kind: "watch";
    readonly url: string;
    readonly subscription: SubscriptionOptions;
    readonly compression: Compression;
  };

/** How `watch` is used. */
export const WATCH_USAGE = `Live prices in the terminal, or one line per change in a pipe.

  watch [URL] [--symbols A,B] [--sources X,Y] [--rate MS] [--compress]

  URL            the price feed (ws://127.0.0.1:8080/ws)
  --symbols A,B  only these symbols
  --sources X,Y  only these sources
  --rate MS      at most one update in so many milliseconds
  --compress     have the server compress, on this machine too; from others it does anyway
  --help         this text

QUOTEWIRE_TOKEN holds the token for a server that asks for one.`;

const DEFAULT_URL = "ws://127.0.0.1:8080/ws";

/** @throws {ConfigError} naming every argument that cannot be used */
export function readWatchOptions(args: readonly string[]): WatchOptions {
  const { flags, positionals, values } = readArguments("watch", args, {
    symbols: "string",
    sources: "string",
    rate: "string",
    compress: "boolean",
    help: "boolean",
  }, { usage: WATCH_USAGE, allowPositionals: true });
  if (flags.help === true) return { kind: "help" };
  const url = readUrl(positionals, { default: DEFAULT_URL, path: "/ws" }, values);
  const subscription: SubscriptionOptions = {
    symbols: readNames(flags.symbols),
    sources: readNames(flags.sources),
    maxRateMs: values.integer("--rate", { default: 0, min: 0, max: PROTOCOL_LIMITS.rateMsMax }),
  };
  try {
    new Subscription(subscription);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    values.record(error.message);
  }
  values.throwFaults();
  const compression = flags.compress === true ? "on" : "auto";
  return { kind: "watch", url: url.href, subscription, compression };
}

function readNames(text: string | undefined): readonly string[] | "*" {
  if (text === undefined || text === "*") return "*";
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}
