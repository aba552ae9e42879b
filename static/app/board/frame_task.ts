import type { PageSight } from "../page_sight.ts";

/**
 * Work that is done at most once per animation frame, however often it is asked for. A hidden page gets
 * no frames and asks for none: whoever shows it again has to call `runNow`.
 */
export class FrameTask {
  readonly #sight: PageSight;
  readonly #work: () => void;
  #isDue = false;

  constructor(sight: PageSight, work: () => void) {
    this.#sight = sight;
    this.#work = work;
  }

  /** Asks for the work to be done in the next frame. */
  request(): void {
    if (this.#isDue || !this.#sight.isShown.peek()) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      if (this.#isDue) this.runNow();
    });
  }

  /** Does the work at once; a frame that was asked for has nothing left to do. */
  runNow(): void {
    this.#isDue = false;
    this.#work();
  }
}
