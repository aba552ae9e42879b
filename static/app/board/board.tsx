import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Alerts } from "../alerts/alerts.ts";
import type { ChatStore } from "../chat/chat_store.ts";
import { symbolHref } from "../route.ts";
import type { BoardModel } from "./board_model.ts";
import { CardList } from "./card_list.tsx";
import { EmptyBoard } from "./empty_board.tsx";
import { NoMatch } from "./no_match.tsx";
import { PriceTable } from "./price_table.tsx";
import { Toolbar } from "./toolbar.tsx";

/** All prices, as the user likes to see them. Children are further buttons of its toolbar. */
export function Board(
  { board, alerts, chat, children }: {
    readonly board: BoardModel;
    readonly alerts: Alerts;
    readonly chat: ChatStore;
    readonly children?: ComponentChildren;
  },
) {
  const scroller = useRef<HTMLDivElement>(null);
  if (board.store.rows.all.value.length === 0) return <EmptyBoard store={board.store} />;
  const isEmpty = board.order.shown.value.length === 0;
  const Rows = board.settings.view.value === "table" ? PriceTable : CardList;
  return (
    <section class="board" aria-label="Board">
      <Toolbar
        board={board}
        goToFirst={() => board.enter()}
        openFirst={() => {
          const [first] = board.order.shown.peek();
          if (first !== undefined) location.hash = symbolHref(first.symbol);
        }}
      >
        {children}
      </Toolbar>
      {isEmpty && <NoMatch board={board} />}
      <div ref={scroller} id="board-rows" class="board-rows" hidden={isEmpty}>
        <Rows board={board} alerts={alerts} chat={chat} scroller={scroller} />
      </div>
    </section>
  );
}
