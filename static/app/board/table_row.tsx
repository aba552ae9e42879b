import type { Alerts } from "../alerts/alerts.ts";
import type { ChatStore } from "../chat/chat_store.ts";
import { TalkButton } from "../chat/talk_button.tsx";
import type { BoardModel } from "./board_model.ts";
import type { PlacedRow } from "./row_list.tsx";
import { RowAlertButton, StarButton, SymbolLink, useRowCells } from "./row_parts.tsx";
import { Sparkline } from "./sparkline_view.tsx";

/** One symbol from one source in a line. Its figures are written by `RowCells`, not rendered. */
export function TableRow(
  { placed, board, alerts, chat }: {
    readonly placed: PlacedRow;
    readonly board: BoardModel;
    readonly alerts: Alerts;
    readonly chat: ChatStore;
  },
) {
  const { row, index, topPx, tabIndex } = placed;
  const root = useRowCells(board, row);
  return (
    <div
      ref={root}
      id={row.id}
      data-row
      class={index % 2 === 0 ? "row" : "row is-odd"}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${topPx}px)` }}
      onFocusIn={() => board.cursor.entered(row)}
    >
      <div role="gridcell" class="col-star">
        <StarButton symbol={row.symbol} board={board} tabIndex={tabIndex} />
      </div>
      <div role="rowheader" class="col-symbol">
        <SymbolLink class="row-symbol" symbol={row.symbol} tabIndex={tabIndex} />
      </div>
      <div role="gridcell" class="col-source" title={row.source}>{row.source}</div>
      <div role="gridcell" class="col-trend">
        <Sparkline />
      </div>
      <div role="gridcell" class="col-last">
        <span class="row-price" data-cell="price">
          <span class="tick" data-cell="tick" aria-hidden="true" />
          <span data-cell="last" />
        </span>
      </div>
      <div role="gridcell" class="col-change is-toned" data-cell="change" />
      <div role="gridcell" class="col-percent is-toned">
        <span aria-hidden="true" data-cell="arrow" /> <span data-cell="percent" />
      </div>
      <div role="gridcell" class="col-open" data-cell="open" />
      <div role="gridcell" class="col-high" data-cell="high" />
      <div role="gridcell" class="col-low" data-cell="low" />
      <div role="gridcell" class="col-age" data-cell="ageBrief" />
      <div role="gridcell" class="col-alert">
        <RowAlertButton row={row} board={board} alerts={alerts} tabIndex={tabIndex} />
      </div>
      <div role="gridcell" class="col-talk">
        <TalkButton symbol={row.symbol} chat={chat} tabIndex={tabIndex} />
      </div>
    </div>
  );
}
