import * as v from "valibot";
import type { EnvReader } from "../env.ts";
import {
  CHAT_LIMITS,
  DEFAULT_ROOM,
  HISTORY_DEFAULT,
  roomSchema,
  usernameSchema,
} from "../session/chat_protocol.ts";
import { readArguments } from "./flags.ts";
import { readUrl } from "./socket_url.ts";

/** What `chat` was asked to do. */
export type ChatOptions =
  | { readonly kind: "help" }
  | {
    readonly kind: "chat";
    readonly url: string;
    readonly room: string;
    readonly username: string | undefined;
    /** Undefined where the user leaves it to the program. */
    readonly history: number | undefined;
  };

/** How `chat` is used. */
export const CHAT_USAGE = `Chat from the terminal; in a pipe, each line of the input is a message.

  chat [URL] [--username NAME] [--history N]

  URL              the chat (ws://127.0.0.1:8080/chat); /chat/ROOM for another room
  --username NAME  your name (one is chosen for you)
  --history N      how many earlier messages are shown, 0 to ${CHAT_LIMITS.historyMax} (${HISTORY_DEFAULT}; in a pipe 0)
  --help           this text

While chatting, /help shows the commands. QUOTEWIRE_TOKEN holds the token for a server that asks for
one.`;

const DEFAULT_URL = "ws://127.0.0.1:8080/chat";
const ROOM_PATH_REGEXP = /\/chat\/([^/]+)\/?$/;

/** @throws {ConfigError} naming every argument that cannot be used */
export function readChatOptions(args: readonly string[]): ChatOptions {
  const { flags, positionals, values } = readArguments("chat", args, {
    username: "string",
    history: "string",
    help: "boolean",
  }, { usage: CHAT_USAGE, allowPositionals: true });
  if (flags.help === true) return { kind: "help" };
  const url = readUrl(positionals, { default: DEFAULT_URL, path: "/chat" }, values);
  const options: ChatOptions = {
    kind: "chat",
    url: url.href,
    room: readRoom(url, values),
    username: flags.username === undefined ? undefined : readUsername(flags.username, values),
    history: flags.history === undefined ? undefined : values.integer("--history", {
      default: HISTORY_DEFAULT,
      min: 0,
      max: CHAT_LIMITS.historyMax,
    }),
  };
  values.throwFaults();
  return options;
}

function readRoom(url: URL, values: EnvReader): string {
  const [, segment] = ROOM_PATH_REGEXP.exec(url.pathname) ?? [];
  if (segment === undefined) return DEFAULT_ROOM;
  const room = decode(segment);
  const result = v.safeParse(roomSchema, room);
  if (result.success) return result.output;
  values.fault("URL", `room ${result.issues[0].message}`, room);
  return segment;
}

/** A broken escape stands for itself, and no room can be called that. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return segment;
  }
}

function readUsername(text: string, values: EnvReader): string {
  const result = v.safeParse(usernameSchema, text);
  if (result.success) return result.output;
  values.fault("--username", result.issues[0].message, text);
  return text;
}
