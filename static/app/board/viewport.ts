import { type ReadonlySignal, signal } from "@preact/signals";

/** What can be seen of a scrolled element, in pixels. */
export class Viewport {
  readonly #top = signal(0);
  readonly #width = signal(0);
  readonly #height = signal(0);
  #element: HTMLElement | undefined;

  /** How far it is scrolled down. */
  get top(): ReadonlySignal<number> {
    return this.#top;
  }

  /** Width of the list. */
  get width(): ReadonlySignal<number> {
    return this.#width;
  }

  /** Height of what can be seen. */
  get height(): ReadonlySignal<number> {
    return this.#height;
  }

  /** Follows a scrolled element and the list in it, until the returned function is called. */
  follow(element: HTMLElement, list: HTMLElement): () => void {
    this.#element = element;
    // Whoever comes back from a symbol's view finds the list where it was.
    element.scrollTop = this.#top.peek();
    const scrolled = () => this.#top.value = element.scrollTop;
    const resized = () => {
      this.#width.value = list.clientWidth;
      this.#height.value = element.clientHeight;
      scrolled();
    };
    const observer = new ResizeObserver(resized);
    observer.observe(element);
    observer.observe(list);
    element.addEventListener("scroll", scrolled, { passive: true });
    resized();
    return () => {
      this.#element = undefined;
      observer.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }

  /** Scrolls as little as shows a stretch of the content, below a head that covers the top. */
  reveal(startPx: number, endPx: number, headPx: number): void {
    const element = this.#element;
    if (element === undefined) return;
    const { scrollTop, clientHeight } = element;
    const bottom = scrollTop + clientHeight - headPx;
    if (startPx < scrollTop) element.scrollTop = startPx;
    else if (endPx > bottom) element.scrollTop += endPx - bottom;
    this.#top.value = element.scrollTop;
  }
}
