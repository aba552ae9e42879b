/**
 * Collects values by key and hands over the newest of each once per animation frame. While the tab is
 * hidden there are no frames, and the batch holds at most one value per key.
 */
export class FrameBatch<Key, Value> {
  readonly #pending = new Map<Key, Value>();
  readonly #flush: (values: Iterable<Value>) => void;
  #scheduled = false;

  constructor(flush: (values: Iterable<Value>) => void) {
    this.#flush = flush;
  }

  /** Keeps a value for the next frame, in place of an earlier one of the same key. */
  add(key: Key, value: Value): void {
    this.#pending.set(key, value);
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      const values = [...this.#pending.values()];
      this.#pending.clear();
      this.#flush(values);
    });
  }

  /** Forgets what waits. */
  clear(): void {
    this.#pending.clear();
  }
}
