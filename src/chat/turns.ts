/**
 * A queue in which owners take turns, each with what it has waited for longest: somebody who waits for much
 * delays nobody else. When it is full, who has most in it gives up a place to those who have less.
 */
export class Turns<Item> {
  readonly #itemsMax: number;
  /** What each owner waits for; the owner whose turn it is comes first. */
  readonly #lines = new Map<string, Item[]>();
  #size = 0;

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax;
  }

  /** Puts an item at the end of its owner's line. Returns the item for which there is no place now, if any. */
  add(owner: string, item: Item): Item | undefined {
    const line = this.#lines.get(owner);
    let displaced: Item | undefined;
    if (this.#size >= this.#itemsMax) {
      const longest = this.#longest();
      if (longest === undefined || longest.length <= (line?.length ?? 0) + 1) return item;
      displaced = longest.pop();
      this.#size -= 1;
    }
    if (line === undefined) this.#lines.set(owner, [item]);
    else line.push(item);
    this.#size += 1;
    return displaced;
  }

  /** Takes the first item of the owner whose turn it is, who then comes last. */
  take(): Item | undefined {
    for (const [owner, line] of this.#lines) {
      const item = line.shift();
      this.#size -= 1;
      this.#lines.delete(owner);
      if (line.length > 0) this.#lines.set(owner, line);
      return item;
    }
    return undefined;
  }

  /** Takes an item out before its turn. Returns whether it was there. */
  remove(owner: string, item: Item): boolean {
    const line = this.#lines.get(owner);
    const index = line?.indexOf(item) ?? -1;
    if (line === undefined || index === -1) return false;
    line.splice(index, 1);
    this.#size -= 1;
    if (line.length === 0) this.#lines.delete(owner);
    return true;
  }

  /** Takes out all that its owner has waited for long enough; what is `old` MUST stand before what is not. */
  takeOld(old: (item: Item) => boolean): Item[] {
    const taken: Item[] = [];
    for (const [owner, line] of this.#lines) {
      const kept = line.findIndex((item) => !old(item));
      taken.push(...line.splice(0, kept === -1 ? line.length : kept));
      if (line.length === 0) this.#lines.delete(owner);
    }
    this.#size -= taken.length;
    return taken;
  }

  #longest(): Item[] | undefined {
    let longest: Item[] | undefined;
    for (const line of this.#lines.values()) {
      if (line.length > (longest?.length ?? 0)) longest = line;
    }
    return longest;
  }
}
