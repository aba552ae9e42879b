import type { RequestId } from "../session/protocol.ts";
import type { Clock } from "./clock.ts";

const INTERVAL_MS = 10_000;
/** The first moments of a page are busy with other things, and would be measured along. */
const FIRST_DELAY_MS = 1000;

/** Measures how long a message takes to the server and back, every 10 s. */
export class RoundTrip {
  readonly #clock: Clock;
  readonly #ping: () => RequestId;
  #sent: { readonly id: RequestId; readonly atMs: number } | undefined;
  #lastMs: number | undefined;
  #cancel: (() => void) | undefined;

  /** @param ping sends a ping and returns its id */
  constructor(clock: Clock, ping: () => RequestId) {
    this.#clock = clock;
    this.#ping = ping;
  }

  /** The last measurement in milliseconds. */
  get lastMs(): number | undefined {
    return this.#lastMs;
  }

  /** Measures in a second, and every 10 s from then on. */
  start(): void {
    this.#measureIn(FIRST_DELAY_MS);
  }

  /** Takes the answer to a ping; any but the last is too late to count. */
  pong(id: RequestId): void {
    if (this.#sent?.id !== id) return;
    this.#lastMs = Math.max(this.#clock.nowMs() - this.#sent.atMs, 0);
    this.#sent = undefined;
  }

  /** Stops measuring; the last measurement stays. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #measureIn(delayMs: number): void {
    this.stop();
    this.#cancel = this.#clock.schedule(() => {
      this.#sent = { id: this.#ping(), atMs: this.#clock.nowMs() };
      this.#measureIn(INTERVAL_MS);
    }, delayMs);
  }
}
