import type { PriceRow, PriceStore } from "../db/price_store.ts";
import { type QuoteKey, quoteKey, utcDay } from "../price/quote.ts";

interface Opening {
  readonly day: number;
  readonly price: number;
}

/** Same bound as the book's: beyond it a quote is its own opening price. */
const KEYS_MAX = 100_000;

/** Remembers each day's first price, so that the table is asked once per symbol, source and UTC day. */
export class OpeningPrices {
  readonly #store: Pick<PriceStore, "openingPrices">;
  readonly #openings = new Map<QuoteKey, Opening>();

  constructor(store: Pick<PriceStore, "openingPrices">) {
    this.#store = store;
  }

  /**
   * Takes note of an opening price that came along with a row. Of the same day the later word counts: after
   * a failover the table may begin that day with another row.
   *
   * @param price `null` where the day's first row cannot be used: the first price seen stands in, and stays
   */
  learn(row: PriceRow, price: number | null): void {
    const key = quoteKey(row.symbol, row.source);
    const day = utcDay(row.timestamp);
    const known = this.#openings.get(key);
    if (known !== undefined && (price === null ? known.day >= day : known.day > day)) return;
    if (known === undefined && this.#openings.size >= KEYS_MAX) return;
    this.#openings.set(key, { day, price: price ?? row.price });
  }

  /** The opening price for each row, in the rows' order. */
  async of(rows: readonly PriceRow[]): Promise<(number | undefined)[]> {
    const unknown = rows.filter((row) => this.known(row) === undefined);
    if (unknown.length > 0) await this.#ask(unknown);
    return rows.map((row) => this.known(row));
  }

  /**
   * The opening price of the row's day, if it is known. A row of an earlier day than the known one cannot
   * become the newest, so any price does for it.
   */
  known(row: PriceRow): number | undefined {
    const opening = this.#openings.get(quoteKey(row.symbol, row.source));
    return opening !== undefined && opening.day >= utcDay(row.timestamp)
      ? opening.price
      : undefined;
  }

  async #ask(rows: readonly PriceRow[]): Promise<void> {
    const byKey = new Map(rows.map((row) => [quoteKey(row.symbol, row.source), row]));
    for (const { symbol, source, open } of await this.#store.openingPrices([...byKey.values()])) {
      const row = byKey.get(quoteKey(symbol, source));
      if (row !== undefined) this.learn(row, open);
    }
    for (const row of rows) if (this.known(row) === undefined) this.learn(row, null);
  }
}
