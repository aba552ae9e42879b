import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { type Route, routeOf } from "./route.ts";
import { SymbolView, type SymbolViewContext } from "./symbol/symbol_view.tsx";

/** Where the board was left, in pixels from the top. */
let boardScroll = 0;

/** The view that the URL's fragment names: the board, which is given as children, or one symbol. */
export function RouteView(
  { children, ...context }: SymbolViewContext & { readonly children: ComponentChildren },
) {
  const route = useMemo(() => signal<Route>(routeOf(location.hash)), []);
  useEffect(() => {
    const follow = () => route.value = routeOf(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [route]);
  const shown = route.value;
  if (shown.view === "board") return <BoardPlace>{children}</BoardPlace>;
  return <SymbolView key={shown.symbol} symbol={shown.symbol} {...context} />;
}

/** Brings the board back to where it was left. */
function BoardPlace({ children }: { readonly children: ComponentChildren }) {
  useLayoutEffect(() => {
    history.scrollRestoration = "manual";
    const remember = () => boardScroll = scrollY;
    const restore = () => scrollTo(0, boardScroll);
    restore();
    // Rows that are drawn only when they are in sight have their place by the next frame.
    const frame = requestAnimationFrame(() => {
      restore();
      addEventListener("scroll", remember, { passive: true });
    });
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", remember);
    };
  }, []);
  return <>{children}</>;
}
