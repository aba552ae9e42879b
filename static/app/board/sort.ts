import { type BoardRow, openOf, rowChange } from "./board_row.ts";

/** What rows can be sorted by. */
export const SORT_COLUMNS = [
  "symbol",
  "source",
  "last",
  "change",
  "percent",
  "open",
  "high",
  "low",
  "age",
] as const;

/** A column that rows can be sorted by. */
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** What the columns are called, and what stands in them. */
export const SORT_TITLES: Record<SortColumn, { readonly title: string; readonly hint: string }> = {
  symbol: { title: "Symbol", hint: "What is traded" },
  source: { title: "Source", hint: "Who reported the price" },
  last: { title: "Last", hint: "The newest price" },
  change: { title: "Change", hint: "Since the first price of the UTC day" },
  percent: { title: "Change %", hint: "Since the first price of the UTC day" },
  open: { title: "Open", hint: "The first price of the UTC day" },
  high: {
    title: "High",
    hint:
      "The highest price of the UTC day: as the table had it up to a minute ago, and since then as seen " +
      "here. After ≥ it may have been higher.",
  },
  low: {
    title: "Low",
    hint:
      "The lowest price of the UTC day: as the table had it up to a minute ago, and since then as seen " +
      "here. After ≤ it may have been lower.",
  },
  age: { title: "Age", hint: "How long ago the price was valid" },
};

/** An order of rows. */
export interface Sort {
  readonly column: SortColumn;
  readonly isDescending: boolean;
}

/** The order after another press of a column's heading: ascending, descending, none. */
export function nextSort(sort: Sort | undefined, column: SortColumn): Sort | undefined {
  if (sort?.column !== column) return { column, isDescending: false };
  return sort.isDescending ? undefined : { column, isDescending: true };
}

/** Whether the order by a column changes with the prices. */
export function isMoving({ column }: Sort): boolean {
  return column !== "symbol" && column !== "source";
}

/** Sorts into a new list. Rows that are equal keep their order; what is not known comes last. */
export function sorted(rows: readonly BoardRow[], sort: Sort | undefined): readonly BoardRow[] {
  if (sort === undefined) return rows;
  const { column, isDescending } = sort;
  const sign = isDescending ? -1 : 1;
  if (column === "symbol" || column === "source") {
    return [...rows].sort((a, b) =>
      a[column] < b[column] ? -sign : a[column] > b[column] ? sign : 0
    );
  }
  const keyed = rows.map((row) => ({ row, figure: figureOf(row, column) }));
  keyed.sort((a, b) => {
    if (a.figure === undefined || b.figure === undefined) {
      return Number(a.figure === undefined) - Number(b.figure === undefined);
    }
    return sign * (a.figure - b.figure);
  });
  return keyed.map(({ row }) => row);
}

function figureOf(
  row: BoardRow,
  column: Exclude<SortColumn, "symbol" | "source">,
): number | undefined {
  switch (column) {
    case "last":
      return row.quote.price;
    case "change":
      return rowChange(row).amount;
    case "percent":
      return rowChange(row).ratio;
    case "open":
      return openOf(row);
    case "high":
      return row.range?.high;
    case "low":
      return row.range?.low;
    case "age":
      // The youngest first is the shortest age first.
      return -row.quote.timestamp;
  }
}
