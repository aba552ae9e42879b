import type { ClientQuote } from "../../../src/client/client_quote.ts";
import { ARROWS, type Direction, directionOf, isoTime } from "../../../src/client/quote_format.ts";
import { format } from "../format.ts";
import { briefAmount, briefPrice, isBrief, isLong } from "./brief_figure.ts";
import { type BoardRow, openOf, rowChange, type RowView } from "./board_row.ts";
import { utcDay } from "../../../src/price/quote.ts";
import type { DayRange } from "./day_range.ts";
import { sparklinePaths } from "./sparkline.ts";

const SPOKEN: Record<Direction, string> = { up: "up", down: "down", flat: "unchanged" };
const UNKNOWN = "–";

/** What an element of a card or a table's row can be marked with, by `data-cell`. */
const CELLS = [
  "exact",
  "last",
  "tick",
  "price",
  "arrow",
  "spoken",
  "change",
  "percent",
  "open",
  "high",
  "low",
  "mark",
  "time",
  "age",
  "ageBrief",
  "spark",
  "sparkLine",
  "sparkArea",
] as const;
type Cell = (typeof CELLS)[number];

/**
 * Writes a row's figures into the elements of a card or a table's row, past the rendering of the page: a
 * price touches the text nodes and attributes that it changes, and nothing else is looked at. What is not
 * shown in this kind of row has no element, and costs nothing.
 */
export class RowCells implements RowView {
  readonly #row: BoardRow;
  readonly #root: HTMLElement;
  readonly #serverNowMs: () => number;
  readonly #elements = new Map<Cell, Element>();
  /** What stands on the screen, so that the document need not be asked. */
  readonly #written = new Map<string, string>();
  /** The prices behind what stands there: most stay, and need not be made into text again. */
  readonly #values = new Map<Cell, string>();
  #quote: ClientQuote | undefined;
  #range: DayRange | undefined;
  #isPast: boolean | undefined;
  #moves = 0;

  /** @param root holds elements with `data-cell` */
  constructor(row: BoardRow, root: HTMLElement, serverNowMs: () => number) {
    this.#row = row;
    this.#root = root;
    this.#serverNowMs = serverNowMs;
    for (const cell of CELLS) {
      const element = root.querySelector(`[data-cell="${cell}"]`);
      if (element !== null) this.#elements.set(cell, element);
    }
  }

  paint(): void {
    const { quote, range } = this.#row;
    const before = this.#quote;
    const nowMs = this.#serverNowMs();
    const isPast = utcDay(quote.timestamp) < utcDay(nowMs / 1000);
    const hasTurned = isPast !== this.#isPast;
    this.#isPast = isPast;
    if (quote !== before) {
      this.#quote = quote;
      this.#paintPrice(quote, before);
      this.#paintTrend(quote);
    }
    if (quote !== before || hasTurned) this.#paintTime(quote, isPast);
    if (quote !== before || range !== this.#range || hasTurned) {
      this.#range = range;
      this.#paintDay(quote, range, isPast);
    }
    const ageMs = nowMs - quote.timestamp * 1000;
    this.#text("age", format.ago(ageMs));
    this.#text("ageBrief", format.age(ageMs));
  }

  /** The arrow compares with what was on the screen, not with prices that no frame has shown. */
  #paintPrice(quote: ClientQuote, before: ClientQuote | undefined): void {
    if (this.#elements.has("exact")) {
      const exact = format.price(quote.price);
      this.#text("exact", exact);
      this.#attribute("price", "data-long", String(isLong(exact)));
    }
    this.#price("last", quote.price);
    if (before !== undefined && before.price === quote.price) return;
    const previous = before?.price ?? quote.previousPrice ?? quote.price;
    const tick = directionOf(quote.price - previous);
    this.#text("tick", tick === "flat" ? "" : ARROWS[tick]);
    this.#attribute("tick", "data-tone", tick);
    if (before === undefined) return;
    this.#moves += 1;
    // Two names for one animation: only a change of name makes a browser run it again.
    this.#attribute("price", "data-flash", `${tick}-${this.#moves % 2}`);
  }

  #paintDay(quote: ClientQuote, range: DayRange | undefined, isPast: boolean): void {
    const change = rowChange(this.#row);
    const tone = directionOf(change.amount);
    this.#set(this.#root, "data-tone", tone);
    this.#text("arrow", ARROWS[tone]);
    this.#text("spoken", `${SPOKEN[tone]} ${isPast ? "on its day" : "today"}:`);
    this.#text("change", briefAmount(change.amount, quote.price));
    this.#text("percent", format.percent(change.ratio));
    this.#price("open", openOf(this.#row));
    // A bound is shown as one: the true extreme may lie beyond it.
    const [most, least] = range?.certainty === "bound" ? ["≥ ", "≤ "] : ["", ""];
    this.#price("high", range?.high, most);
    this.#price("low", range?.low, least);
    this.#paintMark(quote, range);
  }

  /** Where between the day's low and high the price is. */
  #paintMark({ price }: ClientQuote, range: DayRange | undefined): void {
    const mark = this.#elements.get("mark");
    if (!(mark instanceof HTMLElement)) return;
    const span = range === undefined ? 0 : range.high - range.low;
    const share = range === undefined || span <= 0
      ? ""
      : `${((price - range.low) / span * 100).toFixed(1)}%`;
    if (this.#written.get("mark") === share) return;
    this.#written.set("mark", share);
    mark.hidden = share === "";
    mark.style.insetInlineStart = share;
  }

  /** The hour alone would pass a price of another day off as one of today. */
  #paintTime(quote: ClientQuote, isPast: boolean): void {
    this.#set(this.#root, "data-past", String(isPast));
    const { timestamp } = quote;
    this.#text("time", isPast ? format.dateAndTime(timestamp) : format.time(timestamp));
    this.#attribute("time", "datetime", isoTime(quote.timestamp) ?? "");
    this.#attribute("time", "title", format.dateAndTime(quote.timestamp));
  }

  #paintTrend({ history }: ClientQuote): void {
    const prices = history.map(({ price }) => price);
    const [first, last] = [prices[0], prices.at(-1)];
    const { line, area } = sparklinePaths(prices);
    this.#attribute("sparkLine", "d", line);
    this.#attribute("sparkArea", "d", area);
    const label = first === undefined || last === undefined || line === ""
      ? "No trend yet"
      : `Last ${prices.length} prices, from ${format.price(first)} to ${format.price(last)}`;
    this.#attribute("spark", "aria-label", label);
  }

  /** A price that may be too long for its place; what it is exactly is then told on asking. */
  #price(cell: Cell, price: number | undefined, bound = ""): void {
    if (!this.#elements.has(cell)) return;
    const value = `${bound}${price}`;
    if (this.#values.get(cell) === value) return;
    this.#values.set(cell, value);
    const text = price === undefined ? UNKNOWN : bound + briefPrice(price);
    this.#text(cell, text);
    // The sign of a bound takes the room of two figures more.
    this.#attribute(cell, "data-long", String(isLong(text + bound)));
    const hasMore = price !== undefined && isBrief(price);
    if (hasMore) this.#attribute(cell, "title", bound + format.price(price));
    else if (this.#written.has(`${cell} title`)) this.#attribute(cell, "title", "");
  }

  #text(cell: Cell, text: string): void {
    const element = this.#elements.get(cell);
    if (element === undefined || this.#written.get(cell) === text) return;
    this.#written.set(cell, text);
    const node = element.firstChild;
    if (node instanceof Text) node.data = text;
    else element.append(text);
  }

  #attribute(cell: Cell, name: string, value: string): void {
    const element = this.#elements.get(cell);
    if (element !== undefined) this.#set(element, name, value, cell);
  }

  #set(element: Element, name: string, value: string, cell = "root"): void {
    const key = `${cell} ${name}`;
    if (this.#written.get(key) === value) return;
    this.#written.set(key, value);
    element.setAttribute(name, value);
  }
}
