import type { Closable } from "../lifecycle.ts";
import { presenceFrame } from "./chat_frames.ts";
import type { Room } from "./room.ts";

const PAUSE_MS_MIN = 50;
/** A room of a thousand hears of its changes once a second at most. */
const PAUSE_MS_PER_MEMBER = 1;

/**
 * Tells rooms who is in them after it has changed: once for many changes in a row, and the more rarely
 * the larger the room is, since everybody's coming is told to everybody.
 */
export class PresenceBoard implements Closable {
  readonly #timers = new Map<Room, ReturnType<typeof setTimeout>>();

  /** The room's members, or their names, have changed. */
  changed(room: Room): void {
    if (room.count === 0) return this.#forget(room);
    if (this.#timers.has(room)) return;
    const pauseMs = Math.max(PAUSE_MS_MIN, room.countAll * PAUSE_MS_PER_MEMBER);
    this.#timers.set(
      room,
      setTimeout(() => {
        this.#timers.delete(room);
        room.announce({ frame: presenceFrame(room) });
      }, pauseMs),
    );
  }

  close(): void {
    for (const room of this.#timers.keys()) this.#forget(room);
  }

  #forget(room: Room): void {
    clearTimeout(this.#timers.get(room));
    this.#timers.delete(room);
  }
}
