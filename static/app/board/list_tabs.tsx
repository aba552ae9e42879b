import type { BoardModel } from "./board_model.ts";
import type { Watchlist } from "./watchlists.ts";

/** The user's watchlists, one of which is shown, or all prices. */
export function ListTabs(
  { board, edit }: { readonly board: BoardModel; readonly edit: () => void },
) {
  const { lists } = board.watchlists;
  return (
    <nav class="lists" aria-label="Watchlists">
      <ul>
        <ListTab board={board} list={undefined} />
        {lists.value.map((list) => <ListTab key={list.id} board={board} list={list} />)}
      </ul>
      <button type="button" class="lists-edit" onClick={edit}>Edit lists…</button>
    </nav>
  );
}

function ListTab(
  { board, list }: { readonly board: BoardModel; readonly list: Watchlist | undefined },
) {
  const isShown = board.watchlists.active.value?.id === list?.id;
  return (
    <li>
      <button
        type="button"
        class="list-tab"
        title={list?.name}
        aria-current={isShown}
        onClick={() => board.watchlists.choose(list?.id)}
      >
        <span>{list?.name ?? "All prices"}</span>
      </button>
    </li>
  );
}
