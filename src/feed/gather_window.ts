/** Deliveries a second up to which nothing is gathered: a tenth of a core or less. */
const DELIVERIES_FREE = 100_000;
/** Deliveries a second from which on frames are rationed in full. */
const DELIVERIES_RATIONED = 500_000;
/** What sessions are sent together in a second, rationed in full. */
const FRAMES_PER_SECOND = 1250;
const WINDOW_MS_MAX = 100;
/** How fast the rate forgets; after a pause as long as this it is measured anew. */
const RATE_MEMORY_MS = 500;
/** What is found first counts as this much time's: one price makes no rate yet, and a burst does. */
const RATE_SPAN_MS_MIN = 60;

/**
 * How long a read waits after the one before, so that it finds more prices.
 *
 * A frame costs far more than a price in it, and a read more than a row: so when much is delivered,
 * both have to be few, and when little is, nobody has to wait. Up to 100,000 deliveries a second, which
 * are prices times sessions, no read waits. From there to 500,000 the window widens until all sessions
 * together are sent 1,250 frames a second, or each of them ten: 80 ms with 100 sessions, 100 ms with 125
 * or more. The first read after a pause as long as the window does not wait at all.
 */
export class GatherWindow {
  readonly #sessions: () => number;
  /** Prices found, the older the fewer of them, and since when they have been counted. */
  #prices = 0;
  #countedFromMs = -Infinity;
  #foundAtMs = -Infinity;
  #pricesPerSecond = 0;
  #beganAtMs = -Infinity;

  /** @param sessions how many sessions get prices at present */
  constructor(sessions: () => number) {
    this.#sessions = sessions;
  }

  /** A read begins. */
  began(nowMs: number): void {
    this.#beganAtMs = nowMs;
  }

  /**
   * A read has found prices. What it finds first after a pause makes a rate at once: were it added to the
   * nothing of the time before, the window would widen in half a second, and 5,000 sessions would be sent
   * four small frames each meanwhile, which take a core three tenths of a second.
   */
  found(prices: number, nowMs: number): void {
    const pauseMs = nowMs - this.#foundAtMs;
    if (pauseMs > RATE_MEMORY_MS) {
      this.#prices = 0;
      this.#countedFromMs = nowMs - RATE_SPAN_MS_MIN;
    }
    this.#prices = this.#prices * Math.exp(-pauseMs / RATE_MEMORY_MS) + prices;
    this.#foundAtMs = nowMs;
    const forgotten = Math.exp((this.#countedFromMs - nowMs) / RATE_MEMORY_MS);
    this.#pricesPerSecond = this.#prices * 1000 / (RATE_MEMORY_MS * (1 - forgotten));
  }

  /** How long the next read has to wait still; 0 or less when it need not. */
  remainingMs(nowMs: number): number {
    const sessions = this.#sessions();
    const beyond = this.#pricesPerSecond * sessions - DELIVERIES_FREE;
    const share = Math.max(0, Math.min(beyond / (DELIVERIES_RATIONED - DELIVERIES_FREE), 1));
    const rationedMs = Math.min(sessions * 1000 / FRAMES_PER_SECOND, WINDOW_MS_MAX);
    return this.#beganAtMs + share * rationedMs - nowMs;
  }
}
