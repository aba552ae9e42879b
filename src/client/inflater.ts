import { DEFLATE_KINDS } from "../session/deflate_kinds.ts";
import type { Clock } from "./clock.ts";
import { inflate, type Inflated } from "./inflate.ts";
import { InflateStream } from "./inflate_stream.ts";

/** Reads the frames of `quotewire.v1.deflate` on one connection. */
export class Inflater {
  readonly #bytesMax: number;
  readonly #clock: Clock;
  #stream: InflateStream | undefined;

  /** @param bytesMax largest size of one document in UTF-8 */
  constructor(bytesMax: number, clock: Clock) {
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  /** The document of the next frame. Never rejects. MUST NOT be called before the last call has ended. */
  async inflate(frame: Uint8Array<ArrayBuffer>): Promise<Inflated> {
    const compressed = frame.subarray(1);
    switch (frame[0]) {
      case DEFLATE_KINDS.alone:
        return await inflate(compressed, this.#bytesMax);
      case DEFLATE_KINDS.first:
        this.close();
        this.#stream = new InflateStream(this.#bytesMax, this.#clock);
        return await this.#next(this.#stream, compressed);
      case DEFLATE_KINDS.piece:
        if (this.#stream === undefined) {
          return { kind: "fatal", fault: "must be the first piece of a stream, is a later one" };
        }
        return await this.#next(this.#stream, compressed);
      default:
        return { kind: "malformed", fault: `must be of kind 0 to 2, is of ${frame[0]}` };
    }
  }

  /** Frees what it holds. */
  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  async #next(stream: InflateStream, piece: Uint8Array<ArrayBuffer>): Promise<Inflated> {
    const inflated = await stream.next(piece);
    if (inflated.kind === "fatal" && this.#stream === stream) this.#stream = undefined;
    return inflated;
  }
}
