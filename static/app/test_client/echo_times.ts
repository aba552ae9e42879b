import type { FrameData } from "./frame_record.ts";

interface Sent {
  readonly data: FrameData;
  readonly atMs: number;
}

const OUTSTANDING_MAX = 100;

/**
 * Tells echoes from other messages and measures how long they took. Echoes come back in the order in
 * which they were sent, so a message is an echo when it equals the oldest one outstanding; of what never
 * comes back the newest 100 are kept.
 */
export class EchoTimes {
  #outstanding: Sent[] = [];

  sent(data: FrameData, nowMs: number): void {
    if (this.#outstanding.length === OUTSTANDING_MAX) this.#outstanding.shift();
    this.#outstanding.push({ data, atMs: nowMs });
  }

  /** The round trip in milliseconds, if the message is an echo. */
  received(data: FrameData, nowMs: number): number | undefined {
    const [oldest] = this.#outstanding;
    if (oldest === undefined || !isSame(oldest.data, data)) return undefined;
    this.#outstanding.shift();
    return nowMs - oldest.atMs;
  }

  /** Expects nothing any more. */
  clear(): void {
    this.#outstanding = [];
  }
}

function isSame(a: FrameData, b: FrameData): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  if (a.byteLength !== b.byteLength) return false;
  const other = new Uint8Array(b);
  return new Uint8Array(a).every((byte, index) => byte === other[index]);
}
