import { type ReadonlySignal, signal } from "@preact/signals";
import type { ClientQuote } from "../../../src/client/client_quote.ts";

/** One price that came. */
export interface Tick {
  /** Tells ticks apart, in the order in which they came. */
  readonly number: number;
  readonly source: string;
  readonly price: number;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Against the price before, of the same source, where one is known. */
  readonly change: number | undefined;
}

/** Ticks that are kept. */
export const TICKS_MAX = 50;

/** The last prices of one symbol as they came, newest first. */
export class RecentTicks {
  readonly #ticks = signal<readonly Tick[]>([]);
  #lastNumber = 0;

  get list(): ReadonlySignal<readonly Tick[]> {
    return this.#ticks;
  }

  /** Begins with what is known of each source's past, unless there are ticks already. */
  seed(quotes: readonly ClientQuote[]): void {
    if (this.#ticks.peek().length > 0) return;
    const past = quotes.flatMap(({ source, history }) =>
      history.map(({ timestamp, price }, index) => ({
        source,
        price,
        timestamp,
        change: changeSince(price, history[index - 1]?.price),
      }))
    );
    past.sort((a, b) => a.timestamp - b.timestamp);
    this.#push(past);
  }

  /** Takes prices that came, oldest first. */
  add(quotes: readonly ClientQuote[]): void {
    this.#push(quotes.map(({ source, price, timestamp, previousPrice }) => ({
      source,
      price,
      timestamp,
      change: changeSince(price, previousPrice),
    })));
  }

  #push(came: readonly Omit<Tick, "number">[]): void {
    const newest = came.map((tick) => ({ ...tick, number: ++this.#lastNumber })).reverse();
    this.#ticks.value = [...newest, ...this.#ticks.peek()].slice(0, TICKS_MAX);
  }
}

function changeSince(price: number, before: number | undefined): number | undefined {
  return before === undefined ? undefined : price - before;
}
