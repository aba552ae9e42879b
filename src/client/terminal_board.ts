import type { ClientQuote } from "./client_quote.ts";
import type { Health } from "./health.ts";
import {
  ARROWS,
  changeOf,
  type Direction,
  directionOf,
  priceCount,
  type QuoteFormat,
} from "./quote_format.ts";
import { paint, type Style } from "./paint.ts";
import { fitText, printable, textWidth } from "./terminal_text.ts";

/** What a board shows. */
export interface BoardView {
  readonly url: string;
  readonly health: Health;
  readonly roundTripMs: number | undefined;
  /** Sorted as they are to be shown. */
  readonly quotes: readonly ClientQuote[];
  /** For ages of prices, by the server's clock. */
  readonly serverNowMs: number;
  /** For the countdown to the next attempt, by the local clock. */
  readonly nowMs: number;
}

/** Room on the terminal. */
export interface BoardSize {
  readonly columns: number;
  readonly rows: number;
}

const HEALTH_STYLES: Record<Health["kind"], Style> = {
  live: "green",
  delayed: "yellow",
  waiting: "yellow",
  old: "red",
  over: "red",
};
const HEALTH_SHAPES: Record<Health["kind"], string> = {
  live: "●",
  delayed: "◐",
  waiting: "○",
  old: "▲",
  over: "■",
};
/** What to do while there are no prices. */
const ADVICE: Record<Health["kind"], string> = {
  live: "No prices yet: start the aggregator with `deno task aggregator`.",
  delayed: "",
  waiting: "Is the server running? It starts with `deno task serve`.",
  old: "",
  over: "",
};
const DIRECTION_STYLES: Record<Direction, Style> = { up: "green", down: "red", flat: "dim" };
const HEADER_ROWS = 3;
const NAME_WIDTH_MAX = 24;
const WIDTHS = { price: 13, tick: 2, change: 12, today: 10, age: 7 };

/** Draws prices as a table of text. */
export class TerminalBoard {
  readonly #format: QuoteFormat;
  readonly #colours: boolean;

  constructor(options: { readonly format: QuoteFormat; readonly colours: boolean }) {
    this.#format = options.format;
    this.#colours = options.colours;
  }

  /** The board's lines: at most `rows`, none wider than `columns`. */
  draw(view: BoardView, size: BoardSize): string[] {
    const names = nameWidths(view.quotes);
    const lines = [this.#status(view, size), this.#detail(view, size)];
    lines.push(this.#paint(fitText(titles(names), size.columns), "dim"));
    const room = Math.max(size.rows - HEADER_ROWS, 0);
    const shown = view.quotes.length > room ? Math.max(room - 1, 0) : view.quotes.length;
    for (const quote of view.quotes.slice(0, shown)) {
      lines.push(this.#row(quote, view, names, size.columns));
    }
    const hidden = view.quotes.length - shown;
    if (hidden > 0) {
      const hint = `… and ${hidden} more: choose with --symbols, or make the window taller`;
      lines.push(this.#paint(fitText(hint, size.columns), "dim"));
    }
    return lines.slice(0, size.rows);
  }

  #status(view: BoardView, size: BoardSize): string {
    const { kind, label, retryAtMs } = view.health;
    const seconds = retryAtMs === undefined
      ? ""
      : ` in ${Math.max(Math.ceil((retryAtMs - view.nowMs) / 1000), 0)} s`;
    const state = `${HEALTH_SHAPES[kind]} ${label}${seconds}`;
    const roundTrip = view.roundTripMs === undefined ? "" : `  ${view.roundTripMs} ms`;
    const rest = `  ${printable(view.url)}${roundTrip}  ${priceCount(view.quotes.length)}`;
    const shown = fitText(state + rest, size.columns);
    return this.#paint(shown.slice(0, state.length), HEALTH_STYLES[kind]) +
      this.#paint(shown.slice(state.length), "dim");
  }

  #detail({ health, quotes }: BoardView, size: BoardSize): string {
    const { kind, detail, oldSinceMs } = health;
    const since = oldSinceMs === undefined
      ? ""
      : `Prices are as of ${this.#format.time(oldSinceMs / 1000)}.`;
    const advice = quotes.length > 0 ? "" : ADVICE[kind];
    const text = printable([since, advice, detail].filter((part) => part !== "").join(" "));
    return this.#paint(fitText(text, size.columns).trimEnd(), HEALTH_STYLES[kind]);
  }

  #row(quote: ClientQuote, view: BoardView, names: NameWidths, columns: number): string {
    const change = changeOf(quote);
    const tick = directionOf(quote.price - (quote.previousPrice ?? quote.price));
    const day = directionOf(change.amount);
    const old = view.health.kind === "old" || view.health.kind === "over";
    const amount = this.#format.amount(change.amount, quote.price);
    const age = this.#format.age(view.serverNowMs - quote.timestamp * 1000);
    const cells: [string, Style | undefined][] = [
      [fitText(printable(quote.symbol), names.symbol), "bold"],
      [`  ${fitText(printable(quote.source), names.source)}`, "dim"],
      [fitText(this.#format.price(quote.price), WIDTHS.price, "right"), undefined],
      [tick === "flat" ? "  " : ` ${ARROWS[tick]}`, DIRECTION_STYLES[tick]],
      [fitText(amount, WIDTHS.change, "right"), DIRECTION_STYLES[day]],
      [fitText(this.#format.percent(change.ratio), WIDTHS.today, "right"), DIRECTION_STYLES[day]],
      [fitText(age, WIDTHS.age, "right"), "dim"],
    ];
    let room = columns;
    let line = "";
    for (const [text, style] of cells) {
      room -= textWidth(text);
      if (room < 0) break;
      line += this.#paint(text, old ? "dim" : style);
    }
    return line;
  }

  #paint(text: string, style: Style | undefined): string {
    return this.#colours ? paint(text, style) : text;
  }
}

interface NameWidths {
  readonly symbol: number;
  readonly source: number;
}

function nameWidths(quotes: readonly ClientQuote[]): NameWidths {
  const widest = (title: string, names: readonly string[]) =>
    Math.min(
      names.reduce((width, name) => Math.max(width, textWidth(name)), title.length),
      NAME_WIDTH_MAX,
    );
  return {
    symbol: widest("SYMBOL", quotes.map(({ symbol }) => symbol)),
    source: widest("SOURCE", quotes.map(({ source }) => source)),
  };
}

function titles(names: NameWidths): string {
  return [
    fitText("SYMBOL", names.symbol + 2),
    fitText("SOURCE", names.source),
    fitText("PRICE", WIDTHS.price, "right"),
    " ".repeat(WIDTHS.tick),
    fitText("CHANGE", WIDTHS.change, "right"),
    fitText("TODAY", WIDTHS.today, "right"),
    fitText("AGE", WIDTHS.age, "right"),
  ].join("");
}
