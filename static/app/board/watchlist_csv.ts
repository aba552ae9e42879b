// @ts-types="./papaparse.d.ts"
import Papa from "papaparse";
import { isSymbol, type Watchlist } from "./watchlists.ts";

/** What a CSV file says: names of lists with their symbols, in the file's order. */
export interface WatchlistFile {
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Lines that hold no usable symbol. */
  readonly linesLeftOut: number;
}

/** Largest file that is read. */
export const CSV_BYTES_MAX = 2_000_000;

const COLUMNS = ["watchlist", "symbol"];
const LIST_HEADINGS = ["watchlist", "list", "name"];
const SYMBOL_HEADINGS = ["symbol", "ticker"];
/**
 * Spreadsheets run cells that begin so as formulas. A quote in front stops them, and comes off again
 * when the file is read here; so that nothing else loses one, quotes before such a text count too.
 */
const FORMULA_REGEXP = /^'*[=+\-@\t\r]/;
const QUOTED_FORMULA_REGEXP = /^'(?='*[=+\-@\t\r])/;

/** Writes lists as CSV with the columns `watchlist` and `symbol`; an empty list has one line without a symbol. */
export function watchlistCsv(lists: readonly Pick<Watchlist, "name" | "symbols">[]): string {
  const data = lists.flatMap(({ name, symbols }) =>
    (symbols.length === 0 ? [""] : symbols).map((symbol) => [name, symbol])
  );
  return Papa.unparse({ fields: COLUMNS, data }, { escapeFormulae: FORMULA_REGEXP }) + "\r\n";
}

/**
 * Reads a CSV file: ours, or any that has a column `symbol` or `ticker`, or symbols in its first column.
 *
 * @param fileName names the list where no column does
 */
export function readWatchlistCsv(csv: string, fileName: string): WatchlistFile {
  const { data } = Papa.parse(csv.replace(/^\ufeff/, ""), { skipEmptyLines: "greedy" });
  const headings = (data[0] ?? []).map((cell) => cell.trim().toLowerCase());
  const symbolAt = headings.findIndex((heading) => SYMBOL_HEADINGS.includes(heading));
  const listAt = headings.findIndex((heading) => LIST_HEADINGS.includes(heading));
  const lists = new Map<string, string[]>();
  let linesLeftOut = 0;
  for (const cells of symbolAt === -1 ? data : data.slice(1)) {
    const symbol = unescaped(cells[Math.max(symbolAt, 0)] ?? "");
    const own = symbolAt === -1 ? "" : unescaped(cells[listAt] ?? "");
    const name = own === "" ? fileName : own;
    const isEmptyList = symbol === "" && own !== "";
    if (!isEmptyList && !isSymbol(symbol)) linesLeftOut += 1;
    else if (!lists.has(name)) lists.set(name, isEmptyList ? [] : [symbol]);
    else if (!isEmptyList) lists.get(name)?.push(symbol);
  }
  return { lists, linesLeftOut };
}

function unescaped(cell: string): string {
  return cell.replace(QUOTED_FORMULA_REGEXP, "");
}
