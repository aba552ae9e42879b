/// <reference lib="dom" />
import type { SightDocument } from "../../static/app/page_sight.ts";

/** A page that is shown or hidden as the test says. */
export class TestSight extends EventTarget implements SightDocument {
  visibilityState: DocumentVisibilityState = "visible";

  set(visibilityState: DocumentVisibilityState): void {
    this.visibilityState = visibilityState;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

/** Animation frames that come when the test says so. */
export class Frames implements Disposable {
  readonly #real = globalThis.requestAnimationFrame;
  #callbacks: FrameRequestCallback[] = [];

  constructor() {
    globalThis.requestAnimationFrame = (callback) => this.#callbacks.push(callback);
  }

  get waiting(): number {
    return this.#callbacks.length;
  }

  run(): void {
    for (const callback of this.#callbacks.splice(0)) callback(performance.now());
  }

  [Symbol.dispose](): void {
    globalThis.requestAnimationFrame = this.#real;
  }
}
