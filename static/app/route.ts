const SYMBOL_PREFIX = "#/symbol/";
/** No symbol has more (docs/protocol.md), and the server refuses to be asked for one. */
const SYMBOL_CHARACTERS_MAX = 32;

/** What the page shows: all prices, or one symbol with its chart. */
export type Route =
  | { readonly view: "board" }
  | { readonly view: "symbol"; readonly symbol: string };

/**
 * The view that a URL's fragment names. It lives in the fragment so that a symbol can be linked, the
 * browser's Back button works, and the server needs no route for it. Anything unknown is the board.
 */
export function routeOf(fragment: string): Route {
  if (!fragment.startsWith(SYMBOL_PREFIX)) return { view: "board" };
  const symbol = decoded(fragment.slice(SYMBOL_PREFIX.length));
  if (symbol === undefined || symbol === "") return { view: "board" };
  return symbol.length > SYMBOL_CHARACTERS_MAX ? { view: "board" } : { view: "symbol", symbol };
}

/** The fragment of a symbol's view, for links. */
export function symbolHref(symbol: string): string {
  return SYMBOL_PREFIX + encodeURIComponent(symbol);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
