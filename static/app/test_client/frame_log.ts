import { type ReadonlySignal, signal } from "@preact/signals";
import type { FrameRecord } from "./frame_record.ts";

/** Records that the page keeps. */
export const FRAMES_MAX = 500;

/** Messages and bytes in one direction. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

const NO_TRAFFIC: Traffic = { messages: 0, bytes: 0 };

/**
 * The newest messages, and counts of all. What arrives is shown once per animation frame, however much it
 * is; while the tab is hidden there are no frames, and no more is kept than would be shown.
 */
export class FrameLog {
  readonly #frames = signal<readonly FrameRecord[]>([]);
  readonly #traffic = { in: signal(NO_TRAFFIC), out: signal(NO_TRAFFIC) };
  #waiting: FrameRecord[] = [];
  #scheduled = false;

  /** Newest first, at most `FRAMES_MAX`. */
  get frames(): ReadonlySignal<readonly FrameRecord[]> {
    return this.#frames;
  }

  /** Since the list was last cleared. */
  traffic(direction: FrameRecord["direction"]): ReadonlySignal<Traffic> {
    return this.#traffic[direction];
  }

  add(record: FrameRecord): void {
    const traffic = this.#traffic[record.direction];
    const { messages, bytes } = traffic.peek();
    traffic.value = { messages: messages + 1, bytes: bytes + record.bytes };
    if (this.#waiting.length === FRAMES_MAX) this.#waiting.shift();
    this.#waiting.push(record);
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => this.#show());
  }

  clear(): void {
    this.#waiting = [];
    this.#frames.value = [];
    this.#traffic.in.value = NO_TRAFFIC;
    this.#traffic.out.value = NO_TRAFFIC;
  }

  #show(): void {
    this.#scheduled = false;
    const newestFirst = this.#waiting.toReversed();
    this.#waiting = [];
    this.#frames.value = [...newestFirst, ...this.#frames.peek()].slice(0, FRAMES_MAX);
  }
}
