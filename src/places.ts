/** Bounds of places. */
export interface PlacesLimits {
  readonly placesMax: number;
  /** Of these, how many one holder may have, so that nobody has all. */
  readonly holderPlacesMax: number;
}

/** Places for things that go on at the same time: so many in all, and of these so many for each holder. */
export class Places {
  readonly #limits: PlacesLimits;
  readonly #held = new Map<string, number>();
  #taken = 0;

  constructor(limits: PlacesLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a place.
   *
   * @param holder who takes it; undefined where holders cannot be told apart, and only the sum counts
   * @returns what gives it back, once however often it is called; undefined when there is none to be had
   */
  take(holder: string | undefined): (() => void) | undefined {
    const { placesMax, holderPlacesMax } = this.#limits;
    if (this.#taken >= placesMax) return undefined;
    if (holder !== undefined && (this.#held.get(holder) ?? 0) >= holderPlacesMax) return undefined;
    this.#count(holder, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#count(holder, -1);
      isHeld = false;
    };
  }

  #count(holder: string | undefined, change: 1 | -1): void {
    this.#taken += change;
    if (holder === undefined) return;
    const held = (this.#held.get(holder) ?? 0) + change;
    if (held > 0) this.#held.set(holder, held);
    else this.#held.delete(holder);
  }
}
