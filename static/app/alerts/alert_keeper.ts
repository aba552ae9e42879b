import { type ReadonlySignal, signal } from "@preact/signals";

/** The part of the browser's lock manager that is needed. */
export type AlertLocks = Pick<LockManager, "request">;

const LOCK = "quotewire.alerts";

/**
 * Which of the browser's tabs watches the alerts: one that has live prices, and only one, so that an
 * alert fires once. Browsers have no locks on pages that came over plain HTTP from another machine;
 * there every tab watches, and nothing but the alert's own state keeps it from firing twice.
 */
export class AlertKeeper {
  readonly #locks: AlertLocks | undefined;
  readonly #isKeeper = signal(false);
  #leave: (() => void) | undefined;

  constructor(locks: AlertLocks | undefined) {
    this.#locks = locks;
  }

  /** Whether it is this tab. */
  get isKeeper(): ReadonlySignal<boolean> {
    return this.#isKeeper;
  }

  /** This tab can watch: it does so as soon as no other does. */
  apply(): void {
    if (this.#leave !== undefined) return;
    if (this.#locks === undefined) {
      this.#leave = () => {};
      this.#isKeeper.value = true;
      return;
    }
    const resigned = new AbortController();
    this.#leave = () => resigned.abort();
    this.#hold(this.#locks, resigned.signal);
  }

  /** This tab cannot watch any more. */
  resign(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#isKeeper.value = false;
  }

  async #hold(locks: AlertLocks, resigned: AbortSignal): Promise<void> {
    try {
      await locks.request(LOCK, { signal: resigned }, async () => {
        if (resigned.aborted) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        resigned.addEventListener("abort", () => resolve(), { once: true });
        this.#isKeeper.value = true;
        await promise;
      });
    } catch (error) {
      // It was still waiting for the lock.
      if (!resigned.aborted) throw error;
    }
  }
}
