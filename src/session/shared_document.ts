import type { Frame } from "./outbox.ts";
import type { V1Encoding } from "./v1_encoding.ts";

/** One document for many sessions: written when the first needs it, and encoded once in each way. */
export class SharedDocument {
  readonly #write: () => string;
  readonly #frames = new Map<V1Encoding, Frame>();
  #text: string | undefined;

  /** @param write called at most once */
  constructor(write: () => string) {
    this.#write = write;
  }

  /** The document's frame; the same for all who ask with the same encoding. */
  frame(encoding: V1Encoding): Frame {
    const known = this.#frames.get(encoding);
    if (known !== undefined) return known;
    const frame = encoding.encode(this.#text ??= this.#write());
    this.#frames.set(encoding, frame);
    return frame;
  }
}
