import type { SessionSocket } from "../../src/session/session.ts";

/** A socket's network that the test fills and drains, and the frames that were handed to it. */
export class Wire implements SessionSocket {
  bufferedAmount = 0;
  readonly frames: (string | ArrayBuffer)[] = [];

  send(frame: string | ArrayBuffer): void {
    this.frames.push(frame);
  }

  /** The frames as JSON documents. */
  get documents(): Record<string, unknown>[] {
    return this.frames.map((frame) => JSON.parse(String(frame)));
  }
}
