import type { EventLoop } from "./event_loop.ts";

const LINES_MAX = 100_000;

/**
 * What happened, line by line, and the first promise that was broken. The hash of the lines tells two
 * runs apart: runs of the same seed must have the same.
 */
export class Verdict {
  readonly #loop: EventLoop;
  readonly #lines: string[] = [];
  #hash = 0x811c9dc5;
  #fault: string | undefined;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** What was promised and did not hold; undefined while all is well. */
  get fault(): string | undefined {
    return this.#fault;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Of all lines, 32 bits as 8 digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** Writes down what happened. */
  note(text: string): void {
    const line = `${(this.#loop.nowMs / 1000).toFixed(3).padStart(8)} s  ${text}`;
    // FNV-1a, see http://www.isthe.com/chongo/tech/comp/fnv/.
    for (let at = 0; at < line.length; at += 1) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(at), 0x01000193);
    }
    if (this.#lines.length < LINES_MAX) this.#lines.push(line);
  }

  /** A promise was broken; what follows the first is of no interest. */
  fail(fault: string): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.note(`FAULT ${fault}`);
  }
}
