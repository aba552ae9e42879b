import { Bell } from "../bell.ts";
import type { Tick } from "./tick.ts";

const CAPACITY_FIRST = 1024;

/**
 * Ticks between the sources and the writer, oldest first. Holds at most `ticksMax`: beyond it the
 * oldest go, because for a price feed the newest price is the one that counts.
 */
export class TickBuffer {
  readonly ticksMax: number;
  /** A ring: `#size` ticks from `#head` on. It grows by doubling up to `ticksMax`. */
  #ring: (Tick | undefined)[];
  #head = 0;
  #size = 0;
  #dropped = 0;
  #closed = false;
  readonly #filled = new Bell();
  readonly #taken = new Bell();

  constructor(ticksMax: number) {
    this.ticksMax = ticksMax;
    this.#ring = new Array(Math.min(ticksMax, CAPACITY_FIRST));
  }

  /** Ticks that wait to be taken. */
  get size(): number {
    return this.#size;
  }

  /** Ticks dropped for want of room, in all. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether no tick will be added any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Adds ticks at the end; where there is no room, the oldest make it. */
  push(ticks: readonly Tick[]): void {
    for (const tick of ticks) {
      if (this.#size === this.ticksMax) this.#dropOldest();
      this.#grow(this.#size + 1);
      this.#ring[(this.#head + this.#size) % this.#ring.length] = tick;
      this.#size += 1;
    }
    if (this.#size > 0) this.#filled.ring();
  }

  /** Removes and returns the oldest ticks, at most `countMax`. */
  take(countMax: number): Tick[] {
    const ticks: Tick[] = [];
    while (ticks.length < countMax) {
      const tick = this.#shift();
      if (tick === undefined) break;
      ticks.push(tick);
    }
    if (ticks.length > 0) this.#taken.ring();
    return ticks;
  }

  /**
   * Puts ticks that could not be written back to the front, in their order. What came in meanwhile is
   * newer, so where there is no room for all, the oldest of `ticks` are dropped.
   */
  giveBack(ticks: readonly Tick[]): void {
    const kept = ticks.slice(Math.max(0, ticks.length - (this.ticksMax - this.#size)));
    this.#dropped += ticks.length - kept.length;
    this.#grow(this.#size + kept.length);
    for (const tick of kept.toReversed()) {
      this.#head = (this.#head + this.#ring.length - 1) % this.#ring.length;
      this.#ring[this.#head] = tick;
      this.#size += 1;
    }
    if (this.#size > 0) this.#filled.ring();
  }

  /** Declares that no tick will be added any more, and wakes who waits for one. */
  close(): void {
    this.#closed = true;
    this.#filled.ring();
  }

  /** Resolves when there are ticks to take, when the buffer is closed, or when `signal` aborts. */
  async filled(signal: AbortSignal): Promise<void> {
    while (this.#size === 0 && !this.#closed && !signal.aborted) await this.#filled.wait(signal);
  }

  /** Resolves when the buffer is at most half full, or when `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#size * 2 > this.ticksMax && !signal.aborted) await this.#taken.wait(signal);
  }

  #dropOldest(): void {
    this.#shift();
    this.#dropped += 1;
  }

  #shift(): Tick | undefined {
    if (this.#size === 0) return undefined;
    const tick = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size -= 1;
    return tick;
  }

  #grow(size: number): void {
    const capacity = this.#ring.length;
    if (size <= capacity) return;
    const grown = new Array<Tick | undefined>(
      Math.min(this.ticksMax, Math.max(size, capacity * 2)),
    );
    for (let i = 0; i < this.#size; i += 1) {
      grown[i] = this.#ring[(this.#head + i) % capacity];
    }
    this.#ring = grown;
    this.#head = 0;
  }
}
