import type { EventLoop, Isolate } from "./event_loop.ts";

/** Messages that a receiver may be behind before it loses the oldest, as in Deno. */
const SLOTS = 256;

interface Slot {
  readonly channel: string;
  readonly sender: RingChannel | undefined;
  readonly data: unknown;
}

/** Who looks at what is on the ring. */
export interface RingTaps {
  /** Sees every message on any channel as it is sent. */
  posted(data: unknown): void;
  /** Returns the message that an isolate receives. */
  receiving(data: unknown, isolate: string): unknown;
}

/**
 * The one ring behind all BroadcastChannels of a process. A receiver that falls more than its slots
 * behind goes on with the oldest that is left, and is told nothing.
 */
export class Ring {
  readonly loop: EventLoop;
  readonly #delayMs: () => number;
  readonly #taps: RingTaps;
  readonly #receivers = new Set<RingChannel>();
  readonly #slots: Slot[] = [];
  #lost = 0;

  constructor(loop: EventLoop, delayMs: () => number, taps: RingTaps) {
    this.loop = loop;
    this.#delayMs = delayMs;
    this.#taps = taps;
  }

  /** Messages posted so far, in all channels. */
  get head(): number {
    return this.#slots.length;
  }

  /** Messages that receivers lost so far. */
  get lost(): number {
    return this.#lost;
  }

  join(receiver: RingChannel): void {
    this.#receivers.add(receiver);
  }

  leave(receiver: RingChannel): void {
    this.#receivers.delete(receiver);
  }

  post(channel: string, sender: RingChannel | undefined, data: unknown): void {
    this.#taps.posted(data);
    // Texts are copies already.
    const copy = typeof data === "string" ? data : structuredClone(data);
    this.#slots.push({ channel, sender, data: copy });
    for (const receiver of this.#receivers) receiver.wake(this.#delayMs());
  }

  /** What an isolate gets of a message. */
  received(data: unknown, isolate: Isolate): unknown {
    return this.#taps.receiving(data, isolate.name);
  }

  /** The messages from a position on, as far as the ring still holds them. */
  from(position: number): readonly Slot[] {
    const oldest = Math.max(this.head - SLOTS, 0);
    if (position < oldest) this.#lost += oldest - position;
    return this.#slots.slice(Math.max(position, oldest));
  }
}

/** One `BroadcastChannel`. */
export class RingChannel {
  readonly #ring: Ring;
  readonly #name: string;
  readonly #isolate: Isolate;
  #position: number;
  #waking = false;
  #open = true;
  onmessage: ((event: { readonly data: unknown }) => void) | undefined;

  constructor(ring: Ring, name: string) {
    this.#ring = ring;
    this.#name = name;
    this.#isolate = ring.loop.current;
    this.#position = ring.head;
    ring.join(this);
  }

  postMessage(data: unknown): void {
    this.#ring.post(this.#name, this, data);
  }

  close(): void {
    this.#open = false;
    this.#ring.leave(this);
  }

  /** There is something to read; it is read as soon as the isolate comes to it. */
  wake(delayMs: number): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#ring.loop.schedule(this.#isolate, delayMs + this.#isolate.lagMs, () => this.#read());
  }

  #read(): void {
    this.#waking = false;
    const slots = this.#ring.from(this.#position);
    this.#position = this.#ring.head;
    for (const { channel, sender, data } of slots) {
      if (!this.#open || channel !== this.#name || sender === this) continue;
      this.onmessage?.({ data: this.#ring.received(data, this.#isolate) });
    }
  }
}
