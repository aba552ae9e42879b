import * as v from "valibot";
import {
  CHAT_LIMITS,
  DEFAULT_ROOM,
  roomSchema,
  usernameSchema,
} from "../../../src/session/chat_protocol.ts";
import type { PageStorage } from "../page_storage.ts";

/** The part of a storage that is needed. */
export type SettingsStorage = Pick<PageStorage, "getItem" | "setItem">;

/** What a browser remembers of its user's chat. */
export interface ChatSettings {
  /** `undefined` until one was chosen. */
  readonly username: string | undefined;
  readonly rooms: readonly string[];
}

const KEY = "quotewire.chat";

const settingsSchema = v.object({
  username: v.fallback(v.optional(usernameSchema), undefined),
  rooms: v.array(v.unknown()),
});

/** Reads what is remembered, but for rooms and a name that cannot be used; what cannot be read counts as nothing. */
export function readSettings(storage: SettingsStorage): ChatSettings {
  const nothing = { username: undefined, rooms: [DEFAULT_ROOM] };
  try {
    const result = v.safeParse(settingsSchema, JSON.parse(storage.getItem(KEY) ?? "null"));
    if (!result.success) return nothing;
    const { username, rooms } = result.output;
    const usable = rooms.map((room) => v.safeParse(roomSchema, room))
      .flatMap((result) => result.success ? [result.output] : []);
    return { username, rooms: [...new Set(usable)].slice(0, CHAT_LIMITS.roomsMax) };
  } catch (error) {
    // A browser may forbid its storage, and anybody may write into it.
    if (error instanceof SyntaxError || error instanceof DOMException) return nothing;
    throw error;
  }
}

/** Remembers; a storage that is full or forbidden means that it will be asked for again. */
export function writeSettings(storage: SettingsStorage, settings: ChatSettings): void {
  try {
    storage.setItem(KEY, JSON.stringify(settings));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
