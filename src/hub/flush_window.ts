/** Deliveries a second at which the window is 1 ms; it grows with their square. */
const DELIVERIES_PER_MS = 85_000;
const WINDOW_MS_MAX = 100;
/** How fast the rate forgets. */
const RATE_MEMORY_MS = 1000;

/**
 * How long prices are gathered before they are sent on as one batch.
 *
 * A frame costs far more than a price in it: so when much is delivered, batches have to be few, and when
 * little is, nobody has to wait. The window follows the number of deliveries a second, which is prices
 * times sessions: 1 ms at 85,000, 35 ms at 500,000, never more than 100 ms. The first price after a pause
 * as long as the window does not wait at all.
 */
export class FlushWindow {
  readonly #sessions: () => number;
  #pricesPerSecond = 0;
  #notedAtMs = -Infinity;
  #flushedAtMs = -Infinity;

  /** @param sessions how many sessions get prices at present */
  constructor(sessions: () => number) {
    this.#sessions = sessions;
  }

  /** Prices have come. */
  note(prices: number, nowMs: number): void {
    const kept = Math.exp((this.#notedAtMs - nowMs) / RATE_MEMORY_MS);
    this.#pricesPerSecond = this.#pricesPerSecond * kept + prices * 1000 / RATE_MEMORY_MS;
    this.#notedAtMs = nowMs;
  }

  /** What has come has been sent on. */
  flushed(nowMs: number): void {
    this.#flushedAtMs = nowMs;
  }

  /** How long what has come has to wait still; 0 or less when it need not. */
  remainingMs(nowMs: number): number {
    const deliveriesPerSecond = this.#pricesPerSecond * this.#sessions();
    const windowMs = Math.min((deliveriesPerSecond / DELIVERIES_PER_MS) ** 2, WINDOW_MS_MAX);
    return this.#flushedAtMs + windowMs - nowMs;
  }
}
