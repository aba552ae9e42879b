import type { BoardModel } from "./board_model.ts";

/** Says why no row is shown, and leads back to where there are some. */
export function NoMatch({ board }: { readonly board: BoardModel }) {
  const { search, source } = board.order;
  const list = board.watchlists.active.value;
  const showAll = () => {
    search.value = "";
    source.value = undefined;
    if (list !== undefined) board.watchlists.choose(undefined);
  };
  const isNarrowed = search.value !== "" || source.value !== undefined;
  return (
    <div class="empty">
      {isNarrowed
        ? <h2>Nothing matches {search.value === "" ? source.value : `“${search.value}”`}</h2>
        : <h2>No prices of “{list?.name}” yet</h2>}
      {!isNarrowed && list?.symbols.length === 0 && (
        <p>The list is empty. Mark symbols with their star, or write them into the list.</p>
      )}
      <button type="button" onClick={showAll}>Show all prices</button>
    </div>
  );
}
