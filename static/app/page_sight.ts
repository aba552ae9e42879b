import { type ReadonlySignal, signal } from "@preact/signals";

/** The part of a `Document` that tells whether the page is on a screen. */
export type SightDocument =
  & Pick<EventTarget, "addEventListener">
  & Pick<Document, "visibilityState">;

/** Whether the page is on a screen, or hidden behind another tab. */
export class PageSight {
  readonly #isShown;

  constructor(document: SightDocument) {
    const read = () => document.visibilityState === "visible";
    this.#isShown = signal(read());
    document.addEventListener("visibilitychange", () => this.#isShown.value = read());
  }

  get isShown(): ReadonlySignal<boolean> {
    return this.#isShown;
  }
}
