import type { SessionSocket } from "./session.ts";

/**
 * Notices that a peer has stopped taking what it is sent. Deno's own idle timeout does not: its ping
 * waits behind the data, and its clock waits for the ping (measured on 2.9.6). Nor does a high-water
 * mark, as long as less than that is waiting.
 */
export class StallWatch {
  readonly #socket: SessionSocket;
  readonly #stallMsMax: number;
  #handedOver = 0;
  #taken = 0;
  #progressAtMs: number | undefined;

  constructor(socket: SessionSocket, stallMsMax: number) {
    this.#socket = socket;
    this.#stallMsMax = stallMsMax;
  }

  /** `bytes` more have been handed to the socket. */
  sent(bytes: number): void {
    this.#handedOver += bytes;
  }

  /** Whether something waits of which nothing has been taken for too long. Ask about once a second. */
  stalled(nowMs: number): boolean {
    const waiting = this.#socket.bufferedAmount;
    const taken = this.#handedOver - waiting;
    if (waiting === 0 || taken !== this.#taken || this.#progressAtMs === undefined) {
      this.#taken = taken;
      this.#progressAtMs = nowMs;
      return false;
    }
    return nowMs - this.#progressAtMs > this.#stallMsMax;
  }
}
