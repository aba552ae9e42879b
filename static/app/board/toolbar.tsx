import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { RowCount, SortSelect, SourceSelect, ViewSwitch } from "./board_controls.tsx";
import type { BoardModel } from "./board_model.ts";
import { ListEditor } from "./list_editor.tsx";
import { ListTabs } from "./list_tabs.tsx";
import { SearchBox } from "./search_box.tsx";

/** What the board can be asked for. Children are further buttons. */
export function Toolbar(
  { board, goToFirst, openFirst, children }: {
    readonly board: BoardModel;
    readonly goToFirst: () => void;
    readonly openFirst: () => void;
    readonly children?: ComponentChildren;
  },
) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { watchlists } = board;
  return (
    <div class="toolbar">
      <ListTabs board={board} edit={() => dialog.current?.showModal()} />
      <div class="toolbar-line">
        <SearchBox board={board} goToFirst={goToFirst} openFirst={openFirst} />
        <SourceSelect board={board} />
        <SortSelect board={board} />
        <ViewSwitch board={board} />
        <RowCount board={board} />
        {children}
      </div>
      {watchlists.notice.value !== "" && <p class="toolbar-notice">{watchlists.notice.value}</p>}
      <ListEditor watchlists={watchlists} dialog={dialog} />
    </div>
  );
}
