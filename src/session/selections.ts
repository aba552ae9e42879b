/** How many sessions of a worker have each selection: what one alone has need not be kept for others. */
export class Selections {
  readonly #sessions = new Map<string, number>();

  /** A session goes from one selection to another: from none when it begins, and to none when it ends. */
  move(from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    if (to !== undefined) this.#sessions.set(to, this.#count(to) + 1);
    if (from === undefined) return;
    const left = this.#count(from) - 1;
    if (left > 0) this.#sessions.set(from, left);
    else this.#sessions.delete(from);
  }

  /** Whether exactly one session has it. */
  isLone(selection: string): boolean {
    return this.#sessions.get(selection) === 1;
  }

  /** How many there are; as many as sessions at most. */
  get size(): number {
    return this.#sessions.size;
  }

  #count(selection: string): number {
    return this.#sessions.get(selection) ?? 0;
  }
}
