import type { Frame } from "../../src/session/outbox.ts";
import type { SessionSocket } from "../../src/session/session.ts";
import { DeflateReader } from "./deflate_reader.ts";

/** A socket's network that the test fills and drains, and the frames that were handed to it. */
export class Wire implements SessionSocket {
  bufferedAmount = 0;
  readonly frames: (Frame | ArrayBuffer)[] = [];

  send(frame: Frame | ArrayBuffer): void {
    this.frames.push(frame);
  }

  /** The frames as JSON documents, those in bytes decompressed. */
  get documents(): Record<string, unknown>[] {
    const reader = new DeflateReader();
    return this.frames.map((frame) =>
      JSON.parse(typeof frame === "string" ? frame : reader.read(new Uint8Array(frame)))
    );
  }
}
