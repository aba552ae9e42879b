import { parseArgs } from "node:util";
import * as v from "valibot";
import { ConfigError, errorText } from "../errors.ts";
import {
  CHAT_LIMITS,
  DEFAULT_ROOM,
  HISTORY_DEFAULT,
  roomSchema,
  usernameSchema,
} from "../session/chat_protocol.ts";
import { readSocketUrl } from "./socket_url.ts";

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
  const { values, positionals } = parse(args);
  if (values.help === true) return { kind: "help" };
  const faults: string[] = [];
  if (positionals.length > 1) {
    faults.push(`Cannot chat: must be given at most one URL, is given ${positionals.length}`);
  }
  const text = positionals[0] ?? DEFAULT_URL;
  const url = readSocketUrl(text, "/chat");
  if (url === undefined) {
    faults.push(`Cannot chat: URL must be like ${DEFAULT_URL}, is ${text}`);
  }
  const options: ChatOptions = {
    kind: "chat",
    url: url?.href ?? text,
    room: url === undefined ? DEFAULT_ROOM : readRoom(url, faults),
    username: values.username === undefined ? undefined : readUsername(values.username, faults),
    history: values.history === undefined ? undefined : readHistory(values.history, faults),
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return options;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: {
        username: { type: "string" },
        history: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError([`Cannot run chat: ${errorText(error)}`, "", CHAT_USAGE]);
  }
}

function readRoom(url: URL, faults: string[]): string {
  const [, segment] = ROOM_PATH_REGEXP.exec(url.pathname) ?? [];
  if (segment === undefined) return DEFAULT_ROOM;
  const room = decode(segment);
  const result = v.safeParse(roomSchema, room);
  if (result.success) return result.output;
  faults.push(`Cannot chat: room ${result.issues[0].message}, is ${room}`);
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

function readUsername(text: string, faults: string[]): string {
  const result = v.safeParse(usernameSchema, text);
  if (result.success) return result.output;
  faults.push(`Cannot chat: --username ${result.issues[0].message}, is ${text}`);
  return text;
}

function readHistory(text: string, faults: string[]): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (value <= CHAT_LIMITS.historyMax) return value;
  faults.push(`Cannot chat: --history must be 0 to ${CHAT_LIMITS.historyMax}, is ${text}`);
  return 0;
}
