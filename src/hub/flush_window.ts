/** Deliveries a second up to which nothing is gathered: some tenth of a core. */
const DELIVERIES_FREE = 100_000;
/** Deliveries a second for each millisecond beyond. */
const DELIVERIES_PER_MS = 4000;
const WINDOW_MS_MAX = 100;
/** How fast the rate forgets. */
const RATE_MEMORY_MS = 500;

/**
 * How long prices are gathered before they are sent on as one batch.
 *
 * A frame costs far more than a price in it: so when much is delivered, batches have to be few, and when
 * little is, nobody has to wait. The window follows the number of deliveries a second, which is prices
 * times sessions: none up to 100,000, 50 ms at 300,000, 100 ms from 500,000 on. The first price after a
 * pause as long as the window does not wait at all.
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
    const windowMs = Math.min(
      Math.max(deliveriesPerSecond - DELIVERIES_FREE, 0) / DELIVERIES_PER_MS,
      WINDOW_MS_MAX,
    );
    return this.#flushedAtMs + windowMs - nowMs;
  }
}
