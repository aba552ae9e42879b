import type { ChatStore } from "./chat/chat_store.ts";
import { EmptyBoard } from "./empty_board.tsx";
import { FilterBox } from "./filter_box.tsx";
import { PriceCard } from "./price_card.tsx";
import type { PriceStore } from "./price_store.ts";

/** All prices. */
export function Board(
  { store, chat }: { readonly store: PriceStore; readonly chat: ChatStore },
) {
  if (store.rowCount.value === 0) return <EmptyBoard store={store} />;
  const { kind } = store.health.value;
  const rows = store.rows.value;
  return (
    <>
      <FilterBox store={store} />
      {rows.length === 0 && <NoMatch store={store} />}
      <ul class={kind === "old" || kind === "over" ? "cards is-old" : "cards"}>
        {rows.map((row) => <PriceCard key={row.key} row={row} store={store} chat={chat} />)}
      </ul>
    </>
  );
}

function NoMatch({ store }: { readonly store: PriceStore }) {
  return (
    <div class="empty">
      <h2>Nothing matches “{store.filter.value}”</h2>
      <button type="button" onClick={() => store.filter.value = ""}>Show all prices</button>
    </div>
  );
}
