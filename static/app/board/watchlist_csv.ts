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
const LIST_HEADINGS = ["watchlist", "list"];
const SYMBOL_HEADINGS = ["symbol", "ticker"];
/**
 * Spreadsheets run cells that begin so as formulas. A quote in front stops them, and comes off again
 * when the file is read here; so that nothing else loses one, quotes before such a text count too. Space
 * at either end is kept in the same way: where there is no quote, it was set for looks.
 */
const QUOTED_REGEXP = /^'*[=+\-@\s]|\s$/;
/** A first line by which spreadsheets are told what stands between the cells. */
const SEPARATOR_REGEXP = /^sep=(.)(?:\r\n|\r|\n)/;
/** Pictures and spreadsheets' own formats are full of them; no text has any, nor a symbol in Postgres. */
const BINARY_SIGN = "\0";

/** Writes lists as CSV with the columns `watchlist` and `symbol`; an empty list has one line without a symbol. */
export function watchlistCsv(lists: readonly Pick<Watchlist, "name" | "symbols">[]): string {
  const data = lists.flatMap(({ name, symbols }) =>
    (symbols.length === 0 ? [""] : symbols).map((symbol) => [name, symbol])
  );
  return Papa.unparse({ fields: COLUMNS, data }, { escapeFormulae: QUOTED_REGEXP }) + "\r\n";
}

/**
 * The text of a file as people have them: UTF-8, UTF-16 with its mark, as spreadsheets write "Unicode
 * text", or what Windows wrote before.
 */
export function csvText(bytes: Uint8Array<ArrayBuffer>): string {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isMarked) return new TextDecoder(first === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return new TextDecoder("windows-1252").decode(bytes);
    throw error;
  }
}

/**
 * Reads a CSV file: ours, or any that has a column `symbol` or `ticker`, or symbols in its first column,
 * or in its only line.
 *
 * @param fileName names the list where no column does
 * @throws {Error} when it is not text, or a quote in it is left open: nobody knows what it says then
 */
export function readWatchlistCsv(csv: string, fileName: string): WatchlistFile {
  if (csv.includes(BINARY_SIGN)) throw new Error("it must be text, is something else");
  const text = csv.replace(/^\ufeff/, "");
  const delimiter = SEPARATOR_REGEXP.exec(text)?.[1] ?? "";
  const { data, errors } = Papa.parse(text.replace(SEPARATOR_REGEXP, ""), {
    delimiter,
    skipEmptyLines: "greedy",
  });
  const open = errors.find(({ type }) => type === "Quotes");
  if (open !== undefined) {
    throw new Error(`every quote must be closed, one is not in line ${(open.row ?? 0) + 1}`);
  }
  return readRows(data, fileName);
}

function readRows(data: readonly (readonly string[])[], fileName: string): WatchlistFile {
  const headings = (data[0] ?? []).map((cell) => cell.trim().toLowerCase());
  const symbolAt = headings.findIndex((heading) => SYMBOL_HEADINGS.includes(heading));
  const listAt = headings.findIndex((heading) => LIST_HEADINGS.includes(heading));
  const lists = new Map<string, string[]>();
  let linesLeftOut = 0;
  for (const cells of symbolAt === -1 ? listed(data) : data.slice(1)) {
    const symbol = unquoted(cells[Math.max(symbolAt, 0)] ?? "");
    const own = symbolAt === -1 ? "" : unquoted(cells[listAt] ?? "");
    const name = own === "" ? fileName : own;
    const isEmptyList = symbol === "" && own !== "";
    if (!isEmptyList && !isSymbol(symbol)) linesLeftOut += 1;
    else if (!lists.has(name)) lists.set(name, isEmptyList ? [] : [symbol]);
    else if (!isEmptyList) lists.get(name)?.push(symbol);
  }
  return { lists, linesLeftOut };
}

/** Without headings each line is a symbol's, unless there is only one line: then each cell is. */
function listed(data: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const [only] = data;
  return only !== undefined && data.length === 1 ? only.map((cell) => [cell]) : data;
}

function unquoted(cell: string): string {
  const rest = cell.slice(1);
  return cell.startsWith("'") && QUOTED_REGEXP.test(rest) ? rest : cell.trim();
}
