import { CLOSE_CODES } from "../session/close_codes.ts";
import type { HighWater } from "../session/high_water.ts";
import type { EndSession, SessionSocket } from "../session/session.ts";

/**
 * Sends a client's messages back to it, as long as it reads.
 *
 * An echo can neither be left out nor replaced by a newer one, and a socket of Deno cannot be told to stop
 * receiving; under load it even receives before it writes (measured on 2.9.6: of 30 MB sent at once, 29 MB
 * were waiting to go back). So a client that sends without reading is let go: when its socket has been
 * above the high-water mark past the deadline, or at once beyond twice the mark. At most twice the mark
 * and one message are ever held for it. A client that awaits its echoes before it has the mark's worth
 * outstanding is never let go.
 */
export class Echo {
  readonly #socket: SessionSocket;
  readonly #end: EndSession;
  readonly #highWater: HighWater;

  constructor(socket: SessionSocket, highWater: HighWater, end: EndSession) {
    this.#socket = socket;
    this.#end = end;
    this.#highWater = highWater;
  }

  /**
   * Sends a message back, in the kind in which it came.
   *
   * @throws {TypeError} when it is neither text nor an ArrayBuffer, which sockets of Deno never deliver
   */
  send(data: unknown): void {
    if (this.#highWater.overrun) {
      return this.#end(CLOSE_CODES.tooSlow, "sends without reading the echo");
    }
    if (typeof data !== "string" && !(data instanceof ArrayBuffer)) {
      throw new TypeError(`Cannot echo: must be text or an ArrayBuffer, is ${typeof data}`);
    }
    this.#socket.send(data);
  }

  /** Whether the client has to be watched until it reads. */
  get waiting(): boolean {
    return this.#highWater.reached;
  }

  /** Ends the session past the deadline. */
  watch(nowMs: number): void {
    if (this.#highWater.overdue(nowMs)) this.#end(CLOSE_CODES.tooSlow, "stopped reading");
  }
}
