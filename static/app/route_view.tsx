import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { type Route, routeOf, symbolHref } from "./route.ts";
import { SymbolView, type SymbolViewContext } from "./symbol/symbol_view.tsx";

/** Where the board was left: pixels from the top, and the symbol that was looked at. */
const left = { scroll: 0, symbol: "" };

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
  left.symbol = shown.symbol;
  return <SymbolView key={shown.symbol} symbol={shown.symbol} {...context} />;
}

/** Brings the board back to where it was left, and the focus to the symbol that was looked at. */
function BoardPlace({ children }: { readonly children: ComponentChildren }) {
  useLayoutEffect(() => {
    history.scrollRestoration = "manual";
    const remember = () => left.scroll = scrollY;
    scrollTo(0, left.scroll);
    // Rows that are drawn only when they are in sight have their place by the next frame.
    const frame = requestAnimationFrame(() => {
      scrollTo(0, left.scroll);
      const link = left.symbol === "" ? undefined : linkTo(symbolHref(left.symbol));
      link?.focus({ preventScroll: true });
      link?.scrollIntoView({ block: "nearest" });
      addEventListener("scroll", remember, { passive: true });
    });
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", remember);
    };
  }, []);
  return <>{children}</>;
}

function linkTo(href: string): HTMLElement | undefined {
  return Array.from(document.links).find((link) => link.getAttribute("href") === href);
}
