import { deflateFrame } from "./deflate_frame.ts";
import { updateFrame } from "./frames.ts";
import type { Frame } from "./outbox.ts";
import type { SharedEncoder } from "./shared_frames.ts";
import { type FramesFor, SharedStream } from "./shared_stream.ts";

/** Bounds of the streams of one worker. */
export interface SharedStreamsLimits {
  /** Streams at the same time; each takes some 290 KB. */
  readonly streamsMax: number;
  /** How long a stream is kept that nobody uses. */
  readonly unusedMsMax: number;
}

const LIMITS: SharedStreamsLimits = { streamsMax: 16, unusedMsMax: 60_000 };

/**
 * The shared streams of one worker, one for each selection. When there are as many as there may be, a
 * selection that several clients share takes the place of one that a single client has; whoever is left
 * over gets each document alone.
 */
export class SharedStreams {
  readonly #now: () => number;
  readonly #limits: SharedStreamsLimits;
  readonly #streams = new Map<string, SharedStream>();
  #lastNumber = 0;

  /** @param now milliseconds on any clock that never goes back */
  constructor(now: () => number, limits: SharedStreamsLimits = LIMITS) {
    this.#now = now;
    this.#limits = limits;
  }

  /** How many there are. */
  get size(): number {
    return this.#streams.size;
  }

  /** Makes the frames of an update. */
  readonly encode: SharedEncoder = (selected) => {
    const document = updateFrame(selected.seq, selected.json(), 0);
    const stream = this.#of(selected.selection);
    if (stream !== undefined) return stream.update(document, this.#now());
    return this.#alone(selected.selection, document);
  };

  /** Lets go of streams that nobody has used for a while. */
  forgetUnused(): void {
    const usedAfterMs = this.#now() - this.#limits.unusedMsMax;
    for (const [selection, stream] of this.#streams) {
      if (stream.usedAtMs < usedAfterMs) this.#streams.delete(selection);
    }
  }

  #of(selection: string): SharedStream | undefined {
    const known = this.#streams.get(selection);
    if (known !== undefined || this.#streams.size >= this.#limits.streamsMax) return known;
    return this.#open(selection);
  }

  #open(selection: string): SharedStream {
    const stream = new SharedStream(() => this.#lastNumber += 1);
    this.#streams.set(selection, stream);
    return stream;
  }

  #alone(selection: string, document: string): FramesFor {
    let frames: readonly Frame[] | undefined;
    let takers = 0;
    return () => {
      takers += 1;
      if (takers === 2) this.#displace(selection);
      return frames ??= [deflateFrame(document)];
    };
  }

  /** A selection of several clients takes the stream of a single one, and begins with its next update. */
  #displace(selection: string): void {
    for (const [single, { takers }] of this.#streams) {
      if (takers > 1) continue;
      this.#streams.delete(single);
      this.#open(selection);
      return;
    }
  }
}
