import * as v from "valibot";
import { roomOfSymbol, roomSchema } from "../../../src/session/chat_protocol.ts";

const SYMBOL_ROOM_START = roomOfSymbol("");

/** What a room is called on the page. */
export function roomLabel(room: string): string {
  return room.startsWith(SYMBOL_ROOM_START) ? room.slice(SYMBOL_ROOM_START.length) : `#${room}`;
}

/** The room of a symbol; `undefined` for a symbol that cannot have one. */
export function symbolRoom(symbol: string): string | undefined {
  const result = v.safeParse(roomSchema, roomOfSymbol(symbol));
  return result.success ? result.output : undefined;
}
