import type { EventLoop, Isolate } from "./event_loop.ts";

interface Item {
  readonly bytes: number;
  readonly arrive: () => void;
}

/** One direction of a connection: in order, each at its own pace, and dead without a sign when cut. */
export class Pipe {
  readonly #loop: EventLoop;
  readonly #receiver: Isolate;
  readonly #latencyMs: () => number;
  readonly #queue: Item[] = [];
  #queuedBytes = 0;
  #stalled = false;
  #cut = false;
  #paceMs = 0;
  #arrivalMs = 0;
  #pacing = false;

  constructor(loop: EventLoop, receiver: Isolate, latencyMs: () => number) {
    this.#loop = loop;
    this.#receiver = receiver;
    this.#latencyMs = latencyMs;
  }

  /** What the sender has handed over and the network has not taken. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  push(bytes: number, arrive: () => void): void {
    this.#queue.push({ bytes, arrive });
    this.#queuedBytes += bytes;
    this.#flow();
  }

  /** The receiver stops reading, or reads again. */
  stall(stalled: boolean): void {
    this.#stalled = stalled;
    this.#flow();
  }

  /** From now on each frame takes so long; 0 for no time at all. */
  pace(paceMs: number): void {
    this.#paceMs = paceMs;
    this.#flow();
  }

  /** Nothing arrives any more, what is on its way included. */
  cut(): void {
    this.#cut = true;
  }

  #flow(): void {
    while (!this.#stalled && !this.#pacing && this.#queue.length > 0) {
      if (this.#paceMs === 0) {
        this.#depart();
        continue;
      }
      this.#pacing = true;
      this.#loop.schedule(this.#loop.world, this.#paceMs, () => {
        this.#pacing = false;
        if (!this.#stalled) this.#depart();
        this.#flow();
      });
    }
  }

  #depart(): void {
    const item = this.#queue.shift();
    if (item === undefined) return;
    this.#queuedBytes -= item.bytes;
    const { nowMs } = this.#loop;
    this.#arrivalMs = Math.max(this.#arrivalMs, nowMs + this.#latencyMs());
    this.#loop.schedule(this.#receiver, this.#arrivalMs - nowMs, () => {
      if (!this.#cut) item.arrive();
    });
  }
}
