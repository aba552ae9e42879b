import { effect, untracked } from "@preact/signals";
import type { PageSight } from "../page_sight.ts";

/**
 * Work that is done at most once per animation frame, however often it is asked for. A hidden page gets
 * no frames and asks for none: what was asked for meanwhile is done at once when it is shown.
 */
export class FrameTask {
  readonly #sight: PageSight;
  readonly #run: () => void;
  #isDue = false;

  constructor(sight: PageSight, run: () => void) {
    this.#sight = sight;
    this.#run = run;
    effect(() => {
      if (sight.isShown.value) untracked(() => this.#runIfDue());
    });
  }

  /** Asks for the work to be done in the next frame. */
  request(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    if (this.#sight.isShown.peek()) requestAnimationFrame(() => this.#runIfDue());
  }

  #runIfDue(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#run();
  }
}
