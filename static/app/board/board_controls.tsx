import type { ComponentChildren } from "preact";
import { priceCount } from "../../../src/client/quote_format.ts";
import type { BoardModel } from "./board_model.ts";
import type { BoardView } from "./board_settings.ts";
import { SORT_COLUMNS, SORT_TITLES } from "./sort.ts";

/** Shows one source alone; nothing where there is only one. */
export function SourceSelect({ board }: { readonly board: BoardModel }) {
  const { source } = board.order;
  const sources = board.store.rows.sources.value;
  if (sources.length < 2 && source.value === undefined) return null;
  return (
    <select
      class="control"
      aria-label="Source"
      value={source.value === undefined ? "" : `=${source.value}`}
      onChange={({ currentTarget: { value } }) =>
        source.value = value === "" ? undefined : value.slice(1)}
    >
      <option value="">All sources</option>
      {sources.map((name) => <option key={name} value={`=${name}`}>{name}</option>)}
    </select>
  );
}

/** Chooses the order, also where no column has a heading. */
export function SortSelect({ board }: { readonly board: BoardModel }) {
  const { sort } = board.settings;
  const { column, isDescending = false } = sort.value ?? {};
  return (
    <span class="control-group">
      <select
        class="control"
        aria-label="Sort by"
        value={column ?? ""}
        onChange={({ currentTarget: { value } }) => {
          const column = SORT_COLUMNS.find((name) => name === value);
          sort.value = column === undefined ? undefined : { column, isDescending };
        }}
      >
        <option value="">Default</option>
        {SORT_COLUMNS.map((name) => (
          <option key={name} value={name}>{SORT_TITLES[name].title}</option>
        ))}
      </select>
      <button
        type="button"
        class="control"
        disabled={column === undefined}
        aria-label={isDescending ? "Descending; sort ascending" : "Ascending; sort descending"}
        title={isDescending ? "Descending" : "Ascending"}
        onClick={() => {
          if (column !== undefined) sort.value = { column, isDescending: !isDescending };
        }}
      >
        {isDescending ? "↓" : "↑"}
      </button>
    </span>
  );
}

/** Chooses between cards and table. */
export function ViewSwitch({ board }: { readonly board: BoardModel }) {
  return (
    <span class="control-group" role="group" aria-label="View">
      <ViewButton board={board} view="cards" title="Cards">
        <path d="M2 2.5 H7 V7.5 H2 Z M9 2.5 H14 V7.5 H9 Z M2 9 H7 V14 H2 Z M9 9 H14 V14 H9 Z" />
      </ViewButton>
      <ViewButton board={board} view="table" title="Table">
        <path d="M2 3.5 H14 M2 8 H14 M2 12.5 H14" />
      </ViewButton>
    </span>
  );
}

function ViewButton(
  { board, view, title, children }: {
    readonly board: BoardModel;
    readonly view: BoardView;
    readonly title: string;
    readonly children: ComponentChildren;
  },
) {
  const chosen = board.settings.view;
  return (
    <button
      type="button"
      class="control"
      aria-label={title}
      title={title}
      aria-pressed={chosen.value === view}
      onClick={() => chosen.value = view}
    >
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{children}</svg>
    </button>
  );
}

/** How many prices are shown, and whether their order stands still. */
export function RowCount({ board }: { readonly board: BoardModel }) {
  const shown = board.order.shown.value.length;
  const all = board.store.rows.all.value.length;
  const count = shown === all ? priceCount(all) : `${shown} of ${priceCount(all)}`;
  return (
    <p class={shown === all && !board.order.isHeld.value ? "row-count is-whole" : "row-count"}>
      <span class="filter-count">{count}</span>
      {board.order.isHeld.value && <span class="row-hold">order held while you point</span>}
    </p>
  );
}
