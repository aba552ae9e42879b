/** The last so many ids, to notice what comes twice. */
export class RecentIds {
  readonly #max: number;
  readonly #ids = new Set<string>();

  /** @param max how many are remembered; beyond it the oldest are forgotten */
  constructor(max: number) {
    this.#max = max;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Forgets an id. */
  delete(id: string): void {
    this.#ids.delete(id);
  }

  /** Remembers an id; returns whether it is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > this.#max && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
