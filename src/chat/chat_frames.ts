import type { ChatMessage } from "../db/chat_store.ts";
import {
  CHAT_LIMITS,
  type ChatFrame,
  type ChatSaid,
  type ChatSystem,
} from "../session/chat_protocol.ts";
import type { ErrorCode } from "../session/error_codes.ts";
import type { RequestId } from "../session/protocol.ts";
import type { Room } from "./room.ts";

/** The speaker of announcements that are about nobody; no user can have the name. */
const SYSTEM_NAME = "system";

/** Encodes one frame of the chat. */
export function chatFrame(message: ChatFrame): string {
  return JSON.stringify(message);
}

/** Something that was said, as clients see it. */
export function saidFrame({ id, room, username, timeMs, content }: ChatMessage): ChatSaid {
  const said = { id, room, username, timestamp: timeMs / 1000 };
  if (content.kind === "text") {
    return { type: "message", kind: "text", ...said, content: content.text };
  }
  const { data, name, mediaType } = content;
  return {
    type: "binary",
    kind: name === undefined ? "binary" : "file",
    ...said,
    ...(name === undefined ? {} : { name }),
    ...(mediaType === undefined ? {} : { media_type: mediaType }),
    size: data.length,
    data: data.toBase64(),
  };
}

/** Something that happened in a room, in words and for programs. */
export type RoomEvent =
  | { readonly event: "join" | "leave"; readonly username: string }
  | { readonly event: "rename"; readonly username: string; readonly oldUsername: string }
  | { readonly event: "history_off" | "history_on" };

/** @param id as of a message, so that clients can order what they show */
export function eventFrame(room: string, id: string, happened: RoomEvent): string {
  const system = {
    type: "message",
    kind: "system",
    id,
    room,
    timestamp: Date.now() / 1000,
  } as const;
  return chatFrame({ ...system, ...eventWords(happened) });
}

function eventWords(happened: RoomEvent): Pick<ChatSystem, "event" | "username" | "content"> {
  const { event } = happened;
  switch (event) {
    case "join":
      return { event, username: happened.username, content: `${happened.username} joined` };
    case "leave":
      return { event, username: happened.username, content: `${happened.username} left` };
    case "rename": {
      const { username, oldUsername } = happened;
      const content = `${oldUsername} is now ${username}`;
      const words = { event, username, old_username: oldUsername, content };
      return words;
    }
    case "history_off":
      return {
        event,
        username: SYSTEM_NAME,
        content: "The database is away: what is said now is not kept",
      };
    case "history_on":
      return { event, username: SYSTEM_NAME, content: "What is said now is kept again" };
  }
}

/** Who is in the room. */
export function presenceFrame(room: Room, id?: RequestId): string {
  return chatFrame({
    type: "presence",
    ...(id === undefined ? {} : { id }),
    room: room.name,
    count: room.countAll,
    users: room.usernames(CHAT_LIMITS.presenceMax),
  });
}

/** A request that was not done. */
export function refusalFrame(
  request: { readonly id?: RequestId | undefined; readonly room?: string | undefined },
  code: ErrorCode,
  message: string,
): string {
  const { id, room } = request;
  return chatFrame({
    type: "error",
    ...(id === undefined ? {} : { id }),
    ...(room === undefined ? {} : { room }),
    code,
    message,
  });
}
