import { CLOSE_CODES } from "../session/close_codes.ts";
import { HighWater } from "../session/high_water.ts";
import type { EndSession, LiveLimits, SessionSocket } from "../session/session.ts";
import { StallWatch } from "../session/stall_watch.ts";

/**
 * Sends a client what others say, as long as it reads. What was said can neither be left out nor
 * replaced, so a client that does not read is let go: beyond twice the high-water mark at once, above it
 * past the deadline, and below it when nothing has been taken for the idle timeout. It comes back and
 * gets what it missed from the history. A page of history may be larger than a mark that has fallen:
 * `HighWater` leaves room for more above it.
 */
export class TalkOutlet {
  readonly #socket: SessionSocket;
  readonly #end: EndSession;
  readonly #highWater: HighWater;
  readonly #stallWatch: StallWatch;

  constructor(socket: SessionSocket, limits: LiveLimits, end: EndSession) {
    this.#socket = socket;
    this.#end = end;
    this.#highWater = new HighWater(socket, limits);
    this.#stallWatch = new StallWatch(socket, limits.idleTimeoutMs);
  }

  send(frame: string | ArrayBuffer): void {
    if (this.#highWater.overrun) return this.#end(CLOSE_CODES.tooSlow, "does not read the chat");
    const before = this.#socket.bufferedAmount;
    this.#socket.send(frame);
    this.#stallWatch.sent(this.#socket.bufferedAmount - before);
  }

  /** Whether the client has to be watched until it reads. */
  get waiting(): boolean {
    return this.#highWater.reached;
  }

  /** Ends the session past the deadline. */
  watch(nowMs: number): void {
    if (this.#highWater.overdue(nowMs)) this.#end(CLOSE_CODES.tooSlow, "stopped reading");
  }

  /** Ends the session of a client that is gone without a word. To be called once a second. */
  beat(nowMs: number): void {
    if (this.#stallWatch.stalled(nowMs)) this.#end(CLOSE_CODES.tooSlow, "has vanished");
  }
}
