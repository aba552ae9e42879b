import { type BoardRow, boardRow } from "../../static/app/board/board_row.ts";

/** A row of the board that nobody shows; from the source `test`, opened at 100, 1000 s after the epoch. */
export function testRow(
  symbol: string,
  quote: {
    readonly price?: number;
    readonly open?: number;
    readonly source?: string;
    readonly timestamp?: number;
  } = {},
): BoardRow {
  const { price = 100, open = 100, source = "test", timestamp = 1000 } = quote;
  return boardRow(`${symbol}\0${source}`, `row-${symbol}-${source}`, {
    symbol,
    source,
    price,
    timestamp,
    timeMs: timestamp * 1000,
    open,
    previousPrice: undefined,
    history: [],
  });
}
