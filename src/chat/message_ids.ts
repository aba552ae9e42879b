import { v7 } from "uuid";

const SEQUENCE_MAX = 0xffff_ffff;

/**
 * Hands out version 7 UUIDs that ascend in the order in which they were asked for, as text too, whatever
 * the clock does.
 */
export class MessageIds {
  #timeMs = 0;
  #sequence = 0;

  /** @param nowMs the clock; it may stand still or go back */
  next(nowMs: number = Date.now()): string {
    if (nowMs > this.#timeMs) {
      this.#timeMs = nowMs;
      this.#sequence = 0;
    } else if (this.#sequence < SEQUENCE_MAX) {
      this.#sequence += 1;
    } else {
      this.#timeMs += 1;
      this.#sequence = 0;
    }
    return v7({ msecs: this.#timeMs, seq: this.#sequence });
  }

  /** Makes all further ids greater than this one, which somebody gave out under another clock. */
  raise(id: string): void {
    const timeMs = idTimeMs(id);
    if (timeMs >= this.#timeMs) {
      this.#timeMs = timeMs + 1;
      this.#sequence = 0;
    }
  }
}

/** When an id was given out, in milliseconds since the unix epoch, by the clock of then. */
export function idTimeMs(id: string): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
}
