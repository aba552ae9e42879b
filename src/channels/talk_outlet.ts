import { batchBytesMax } from "../chat/message_bytes.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { HighWater } from "../session/high_water.ts";
import type { OutboxLimits } from "../session/outbox.ts";
import type { EndSession, LiveLimits, SessionSocket } from "../session/session.ts";
import { StallWatch } from "../session/stall_watch.ts";

/** Bounds of an outlet. */
export type OutletLimits = OutboxLimits & Pick<LiveLimits, "idleTimeoutMs">;

/**
 * Sends a client what others say, as long as it reads. What was said can neither be left out nor
 * replaced, so a client that does not read is let go: beyond twice the high-water mark at once, above it
 * past the deadline, and below it when nothing has been taken for the idle timeout. It comes back and
 * gets what it missed from the history.
 *
 * Others speak in batches and the history comes in pages, each of which may be larger than a mark that has
 * fallen and reaches the socket before anything of it can be written. So there is room for one more of
 * them, and whether a client has outgrown that is asked between the batches, not during one.
 */
export class TalkOutlet {
  readonly #socket: SessionSocket;
  readonly #end: EndSession;
  readonly #highWater: HighWater;
  readonly #stallWatch: StallWatch;

  constructor(socket: SessionSocket, limits: OutletLimits, end: EndSession) {
    this.#socket = socket;
    this.#end = end;
    this.#highWater = new HighWater(
      socket,
      limits,
      batchBytesMax(limits.sendBufferBytesMax),
    );
    this.#stallWatch = new StallWatch(socket, limits.idleTimeoutMs);
  }

  send(frame: string | ArrayBuffer): void {
    if (this.#highWater.flooded) return this.#endUnread();
    const before = this.#socket.bufferedAmount;
    this.#socket.send(frame);
    this.#stallWatch.sent(this.#socket.bufferedAmount - before);
  }

  /** As `HighWater.hasRoomFor`. */
  hasRoomFor(bytes: number): boolean {
    return this.#highWater.hasRoomFor(bytes);
  }

  /** Whether the client has to be watched until it reads. */
  get waiting(): boolean {
    return this.#highWater.reached;
  }

  /** Ends the session past the deadline, or beyond its room. To be called in a turn of its own. */
  watch(nowMs: number): void {
    if (this.#highWater.overrun) this.#endUnread();
    else if (this.#highWater.overdue(nowMs)) this.#end(CLOSE_CODES.tooSlow, "stopped reading");
  }

  /** Ends the session of a client that is gone without a word. To be called once a second. */
  beat(nowMs: number): void {
    if (this.#stallWatch.stalled(nowMs)) this.#end(CLOSE_CODES.tooSlow, "has vanished");
  }

  #endUnread(): void {
    this.#end(CLOSE_CODES.tooSlow, "does not read the chat");
  }
}
