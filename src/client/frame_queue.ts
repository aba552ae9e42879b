import type { Inflated } from "./inflate.ts";

/** Bounds of a queue. */
export interface FrameQueueLimits {
  /** Frames that wait, the one that is being decompressed included. */
  readonly framesMax: number;
  /** Their bytes, compressed. */
  readonly bytesMax: number;
}

/** What a queue tells its owner. After `close` it calls no more. */
export interface FrameQueueOwner {
  /** @param frame as it came */
  inflated(inflated: Inflated, frame: Uint8Array<ArrayBuffer>): void;
  /** What came cannot wait: the owner has fallen too far behind. Nothing is taken any more. */
  overflowed(fault: string): void;
}

const LIMITS: FrameQueueLimits = { framesMax: 10_000, bytesMax: 64 * 1024 * 1024 };

/** Decompresses frames one after the other, so that they are delivered in the order in which they came. */
export class FrameQueue {
  readonly #inflate: (data: Uint8Array<ArrayBuffer>) => Promise<Inflated>;
  readonly #owner: FrameQueueOwner;
  readonly #limits: FrameQueueLimits;
  #waiting: (Uint8Array<ArrayBuffer> | (() => void))[] = [];
  #waitingBytes = 0;
  #busy = false;
  #closed = false;

  /** @param inflate MUST NOT reject */
  constructor(
    inflate: (data: Uint8Array<ArrayBuffer>) => Promise<Inflated>,
    owner: FrameQueueOwner,
    limits: FrameQueueLimits = LIMITS,
  ) {
    this.#inflate = inflate;
    this.#owner = owner;
    this.#limits = limits;
  }

  /** Takes a frame. */
  push(data: Uint8Array<ArrayBuffer>): void {
    if (this.#closed) return;
    const { framesMax, bytesMax } = this.#limits;
    const frames = this.#waiting.length + 1;
    const bytes = this.#waitingBytes + data.length;
    if (frames > framesMax || bytes > bytesMax) {
      this.close();
      this.#owner.overflowed(
        `at most ${framesMax} frames of ${bytesMax} bytes may wait to be decompressed, ` +
          `waiting are ${frames} of ${bytes}`,
      );
      return;
    }
    this.#waitingBytes = bytes;
    this.#add(data);
  }

  /** Runs a task when everything before it has been delivered; never after `close`. */
  after(task: () => void): void {
    if (!this.#closed) this.#add(task);
  }

  /** Forgets what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #add(item: Uint8Array<ArrayBuffer> | (() => void)): void {
    this.#waiting.push(item);
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      for (let item = this.#waiting[0]; item !== undefined; item = this.#waiting[0]) {
        if (typeof item === "function") {
          this.#waiting.shift();
          item();
          continue;
        }
        const inflated = await this.#inflate(item);
        if (this.#closed) return;
        this.#waiting.shift();
        this.#waitingBytes -= item.length;
        this.#owner.inflated(inflated, item);
      }
    } finally {
      this.#busy = false;
    }
  }
}
