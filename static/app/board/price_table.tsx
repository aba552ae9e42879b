import type { RefObject } from "preact";
import type { Alerts } from "../alerts/alerts.ts";
import type { ChatStore } from "../chat/chat_store.ts";
import type { BoardModel } from "./board_model.ts";
import { tableGeometry } from "./geometry.ts";
import { RowList } from "./row_list.tsx";
import { nextSort, SORT_TITLES, type SortColumn } from "./sort.ts";
import { TableRow } from "./table_row.tsx";

/** The prices as a table, a line for each. */
export function PriceTable(
  { board, alerts, chat, scroller }: {
    readonly board: BoardModel;
    readonly alerts: Alerts;
    readonly chat: ChatStore;
    readonly scroller: RefObject<HTMLElement | null>;
  },
) {
  return (
    <div
      role="grid"
      class={board.store.isOld.value ? "table is-old" : "table"}
      aria-label="Prices"
      aria-rowcount={board.order.shown.value.length + 1}
    >
      <div role="row" class="row table-head" aria-rowindex={1}>
        <div role="columnheader" class="col-star">
          <span class="visually-hidden">Watched</span>
        </div>
        <Heading board={board} column="symbol" />
        <Heading board={board} column="source" />
        <div role="columnheader" class="col-trend">Trend</div>
        <Heading board={board} column="last" />
        <Heading board={board} column="change" />
        <Heading board={board} column="percent" />
        <Heading board={board} column="open" />
        <Heading board={board} column="high" />
        <Heading board={board} column="low" />
        <Heading board={board} column="age" />
        <div role="columnheader" class="col-alert">
          <span class="visually-hidden">Alert</span>
        </div>
        <div role="columnheader" class="col-talk">
          <span class="visually-hidden">Talk</span>
        </div>
      </div>
      <RowList
        board={board}
        scroller={scroller}
        geometryOf={tableGeometry}
        class="table-body"
        role="rowgroup"
        render={(placed) => (
          <TableRow
            key={placed.row.key}
            placed={placed}
            board={board}
            alerts={alerts}
            chat={chat}
          />
        )}
      />
    </div>
  );
}

function Heading({ board, column }: { readonly board: BoardModel; readonly column: SortColumn }) {
  const { sort } = board.settings;
  const { title, hint } = SORT_TITLES[column];
  const isOn = sort.value?.column === column;
  const direction = sort.value?.isDescending ? "descending" : "ascending";
  return (
    <div role="columnheader" class={`col-${column}`} aria-sort={isOn ? direction : "none"}>
      <button
        type="button"
        title={hint}
        onClick={() => sort.value = nextSort(sort.peek(), column)}
      >
        {title}
        <span class="sort-mark" aria-hidden="true">
          {isOn ? direction === "ascending" ? "↑" : "↓" : ""}
        </span>
      </button>
    </div>
  );
}
