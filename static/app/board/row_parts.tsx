import { useLayoutEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";
import { AlertButton } from "../alerts/alert_button.tsx";
import type { Alerts } from "../alerts/alerts.ts";
import { symbolHref } from "../route.ts";
import type { BoardModel } from "./board_model.ts";
import type { BoardRow } from "./board_row.ts";
import { RowCells } from "./row_cells.ts";

/** Binds the figures of a row to the elements below the returned reference. */
export function useRowCells(board: BoardModel, row: BoardRow): RefObject<HTMLDivElement | null> {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (root.current === null) return;
    const { rows, serverNowMs } = board.store;
    return rows.show(row, new RowCells(row, root.current, () => serverNowMs.peek()));
  }, [row]);
  return root;
}

/** Beyond it a name is written in two lines. */
const SYMBOL_CHARACTERS_MAX = 9;

/** Leads to the symbol's own view. */
export function SymbolLink(
  { symbol, tabIndex, class: className }: {
    readonly symbol: string;
    readonly tabIndex: number;
    readonly class: string;
  },
) {
  return (
    <a
      class={className}
      href={symbolHref(symbol)}
      title={symbol}
      tabIndex={tabIndex}
      data-long={symbol.length > SYMBOL_CHARACTERS_MAX}
    >
      {symbol}
    </a>
  );
}

/** Leads to an alert on the row's price: of its source, where the symbol has several. */
export function RowAlertButton(
  { row, board, alerts, tabIndex }: {
    readonly row: BoardRow;
    readonly board: BoardModel;
    readonly alerts: Alerts;
    readonly tabIndex: number;
  },
) {
  const subject = () => {
    const { symbol, source, quote: { price } } = row;
    const rows = board.store.rows.all.peek();
    const isAlone = rows.filter((other) => other.symbol === symbol).length < 2;
    return { symbol, source: isAlone ? "" : source, price };
  };
  return <AlertButton symbol={row.symbol} subject={subject} alerts={alerts} tabIndex={tabIndex} />;
}

/** Puts a symbol on a watchlist, or takes it off. */
export function StarButton(
  { symbol, board, tabIndex }: {
    readonly symbol: string;
    readonly board: BoardModel;
    readonly tabIndex: number;
  },
) {
  const isOn = board.watchlists.starred.value.has(symbol);
  return (
    <button
      type="button"
      class="star"
      aria-pressed={isOn}
      aria-label={`Watch ${symbol}`}
      title={isOn ? "Take off the watchlist" : "Put on the watchlist"}
      tabIndex={tabIndex}
      onClick={() => board.watchlists.toggle(symbol)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 1.9 L9.9 5.8 L14.2 6.4 L11.1 9.4 L11.8 13.7 L8 11.7 L4.2 13.7 L4.9 9.4 L1.8 6.4 L6.1 5.8 Z" />
      </svg>
    </button>
  );
}
