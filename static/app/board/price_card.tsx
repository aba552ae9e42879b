import type { Alerts } from "../alerts/alerts.ts";
import type { ChatStore } from "../chat/chat_store.ts";
import { TalkButton } from "../chat/talk_button.tsx";
import type { BoardModel } from "./board_model.ts";
import type { PlacedRow } from "./row_list.tsx";
import { RowAlertButton, StarButton, SymbolLink, useRowCells } from "./row_parts.tsx";
import { Sparkline } from "./sparkline_view.tsx";

/** One symbol from one source, large. Its figures are written by `RowCells`, not rendered. */
export function PriceCard(
  { placed, count, board, alerts, chat }: {
    readonly placed: PlacedRow;
    /** Length of the whole list. */
    readonly count: number;
    readonly board: BoardModel;
    readonly alerts: Alerts;
    readonly chat: ChatStore;
  },
) {
  const { row, index, leftPx, topPx, tabIndex } = placed;
  const root = useRowCells(board, row);
  return (
    <div
      ref={root}
      id={row.id}
      data-row
      class="card"
      role="listitem"
      aria-setsize={count}
      aria-posinset={index + 1}
      style={{ transform: `translate(${leftPx}px, ${topPx}px)` }}
      onFocusIn={() => board.cursor.entered(row)}
    >
      <h2 class="card-name">
        <SymbolLink class="card-symbol" symbol={row.symbol} tabIndex={tabIndex} />
        <span class="card-source" title={row.source}>{row.source}</span>
      </h2>
      <Sparkline />
      <p class="card-price" data-cell="price">
        <span class="card-figure" data-cell="exact" />
        <span class="tick" data-cell="tick" aria-hidden="true" />
      </p>
      <p class="card-change">
        <span aria-hidden="true" data-cell="arrow" />
        <span class="visually-hidden" data-cell="spoken" /> <span data-cell="change" />{" "}
        <span class="card-percent" data-cell="percent" />
      </p>
      <div class="card-range">
        <span class="visually-hidden">Day’s low</span> <span data-cell="low" />
        <span class="range" aria-hidden="true">
          <span class="range-mark" data-cell="mark" hidden />
        </span>
        <span class="visually-hidden">Day’s high</span> <span data-cell="high" />
      </div>
      <p class="card-time">
        <time data-cell="time" />
        <span class="card-age" data-cell="age" />
      </p>
      <div class="card-buttons">
        <StarButton symbol={row.symbol} board={board} tabIndex={tabIndex} />
        <RowAlertButton row={row} board={board} alerts={alerts} tabIndex={tabIndex} />
        <TalkButton symbol={row.symbol} chat={chat} tabIndex={tabIndex} />
      </div>
    </div>
  );
}
