import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { type Route, routeOf } from "./route.ts";
import { SymbolView, type SymbolViewContext } from "./symbol/symbol_view.tsx";

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
  if (shown.view === "board") return <>{children}</>;
  return <SymbolView key={shown.symbol} symbol={shown.symbol} {...context} />;
}
