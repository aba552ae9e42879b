import type { RefObject } from "preact";
import type { Alerts } from "../alerts/alerts.ts";
import type { ChatStore } from "../chat/chat_store.ts";
import type { BoardModel } from "./board_model.ts";
import { cardGeometry } from "./geometry.ts";
import { PriceCard } from "./price_card.tsx";
import { RowList } from "./row_list.tsx";

/** The prices as cards. */
export function CardList(
  { board, alerts, chat, scroller }: {
    readonly board: BoardModel;
    readonly alerts: Alerts;
    readonly chat: ChatStore;
    readonly scroller: RefObject<HTMLElement | null>;
  },
) {
  const count = board.order.shown.value.length;
  return (
    <RowList
      board={board}
      scroller={scroller}
      geometryOf={cardGeometry}
      class={board.store.isOld.value ? "cards is-old" : "cards"}
      role="list"
      aria-label="Prices"
      render={(placed) => (
        <PriceCard
          key={placed.row.key}
          placed={placed}
          count={count}
          board={board}
          alerts={alerts}
          chat={chat}
        />
      )}
    />
  );
}
