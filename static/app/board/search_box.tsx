import { useEffect, useRef } from "preact/hooks";
import type { BoardModel } from "./board_model.ts";

/**
 * Narrows the board to what contains the words typed. Down leads to the first row, Enter opens its
 * symbol, and Escape empties it, from the rows as well.
 */
export function SearchBox(
  { board, goToFirst, openFirst }: {
    readonly board: BoardModel;
    readonly goToFirst: () => void;
    readonly openFirst: () => void;
  },
) {
  const input = useRef<HTMLInputElement>(null);
  const { search } = board.order;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !isInBoard(event.target)) return;
      search.value = "";
      input.current?.focus();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  return (
    <search class="search">
      <label class="visually-hidden" for="search">Filter by symbol or source</label>
      <input
        ref={input}
        id="search"
        type="search"
        placeholder="Search symbol or source"
        title="Press / to search, ↓ to go to the prices, Enter to open the first, Escape to clear"
        aria-keyshortcuts="/"
        aria-controls="board-rows"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={search}
        onInput={(event) => search.value = event.currentTarget.value}
        onKeyDown={(event) => {
          if (event.isComposing || !["ArrowDown", "Enter", "Escape"].includes(event.key)) return;
          event.preventDefault();
          if (event.key === "ArrowDown") goToFirst();
          else if (event.key === "Enter") openFirst();
          else search.value = "";
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </search>
  );
}

function isInBoard(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("#board-rows") !== null;
}
