import type { RoomStore } from "./room_store.ts";

const FILES_MAX = 10;

/** Sends the files that were dropped or chosen, 10 at most at a time. */
export async function sendFiles(
  room: RoomStore,
  files: Iterable<File> | null | undefined,
): Promise<void> {
  for (const file of [...files ?? []].slice(0, FILES_MAX)) await room.sendFile(file);
}
