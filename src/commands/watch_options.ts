import { parseArgs } from "node:util";
import type { Compression } from "../client/compression.ts";
import { Subscription, type SubscriptionOptions } from "../client/subscription.ts";
import { ConfigError, errorText } from "../errors.ts";
import { readSocketUrl } from "./socket_url.ts";

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
  const { values, positionals } = parse(args);
  if (values.help === true) return { kind: "help" };
  const faults: string[] = [];
  if (positionals.length > 1) {
    faults.push(`Cannot watch: must be given at most one URL, is given ${positionals.length}`);
  }
  const url = readUrl(positionals[0] ?? DEFAULT_URL, faults);
  const subscription: SubscriptionOptions = {
    symbols: readNames(values.symbols),
    sources: readNames(values.sources),
    maxRateMs: readRate(values.rate, faults),
  };
  try {
    new Subscription(subscription);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push(error.message);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  const compression = values.compress === true ? "on" : "auto";
  return { kind: "watch", url, subscription, compression };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: {
        symbols: { type: "string" },
        sources: { type: "string" },
        rate: { type: "string" },
        compress: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError([`Cannot run watch: ${errorText(error)}`, "", WATCH_USAGE]);
  }
}

function readUrl(text: string, faults: string[]): string {
  const url = readSocketUrl(text, "/ws");
  if (url === undefined) faults.push(`Cannot watch: URL must be like ${DEFAULT_URL}, is ${text}`);
  return url?.href ?? text;
}

function readNames(text: string | undefined): readonly string[] | "*" {
  if (text === undefined || text === "*") return "*";
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function readRate(text: string | undefined, faults: string[]): number {
  if (text === undefined) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  faults.push(`Cannot watch: --rate must be a whole number of milliseconds, is ${text}`);
  return 0;
}
