import { effect } from "@preact/signals";
import { options } from "preact";
import type { PageSight } from "./page_sight.ts";

/** The part of a page that tells when the browser puts it away. */
export interface PutAway {
  readonly window: Pick<EventTarget, "addEventListener">;
  readonly document: Pick<EventTarget, "addEventListener">;
}

/**
 * Lets components be rendered only while the page is on a screen: what changes meanwhile is kept, and
 * rendered once as soon as somebody sees it. A page that is about to be frozen is rendered as well,
 * because that picture is the first to be seen when it comes back, before any script runs; so call this
 * after whoever changes the page at that moment has begun to listen.
 */
export function holdHiddenRendering(sight: PageSight, page: PutAway): void {
  let held: (() => void) | undefined;
  const flush = () => {
    const work = held;
    held = undefined;
    work?.();
  };
  options.debounceRendering = (work) => {
    held = work;
    if (sight.isShown.peek()) queueMicrotask(flush);
  };
  effect(() => {
    if (sight.isShown.value) flush();
  });
  page.document.addEventListener("freeze", flush);
  page.window.addEventListener("pagehide", flush);
}
