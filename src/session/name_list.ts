/**
 * Names, each once, in an order that does not depend on the one in which they came. Immutable: a change
 * makes a new list, which is sorted no more than what it adds.
 */
export class NameList {
  /** In ascending order. */
  readonly names: readonly string[];
  readonly #set: ReadonlySet<string>;

  private constructor(names: readonly string[]) {
    this.names = names;
    this.#set = new Set(names);
  }

  static of(names: Iterable<string>): NameList {
    return new NameList([...new Set(names)].sort());
  }

  get size(): number {
    return this.names.length;
  }

  has(name: string): boolean {
    return this.#set.has(name);
  }

  /** With further names; the list itself where it has them all. */
  with(names: readonly string[]): NameList {
    const further = NameList.of(names.filter((name) => !this.has(name)));
    if (further.size === 0) return this;
    // Two sorted runs, which sorting only has to merge.
    return new NameList([...this.names, ...further.names].sort());
  }

  /** Without some names; the list itself where it has none of them. */
  without(names: readonly string[]): NameList {
    const removed = new Set(names);
    const rest = this.names.filter((name) => !removed.has(name));
    return rest.length === this.size ? this : new NameList(rest);
  }
}
