import type { Locator, Page } from "playwright-core";
import { query } from "./query.ts";

/** What a test writes into the table; the timestamp is now unless it says otherwise. */
export interface NewPrice {
  readonly symbol: string;
  readonly price: number;
  readonly source?: string;
  readonly timestamp?: number;
}

/** Writes rows as the workshop's aggregator does, which knows four columns. */
export async function insertPrices(databaseUrl: string, prices: readonly NewPrice[]) {
  const now = Math.floor(Date.now() / 1000);
  const rows = prices.map(({ symbol, price, source = "test", timestamp = now }) => ({
    symbol,
    price,
    source,
    timestamp,
  }));
  await query(databaseUrl, (sql) => sql`insert into stock_prices ${sql(rows)}`);
}

/** The parts of the dashboard that tests look at. */
export class Dashboard {
  readonly page: Page;
  readonly status: Locator;
  readonly banner: Locator;
  readonly cards: Locator;
  readonly filter: Locator;
  /** The table's rows that are in the document, without its head. */
  readonly rows: Locator;

  constructor(page: Page) {
    this.page = page;
    this.status = page.getByRole("status");
    this.banner = page.getByRole("complementary", { name: "Prices are not live" });
    this.cards = page.locator(".card");
    this.rows = page.locator(".table-body > [role=row]");
    this.filter = page.getByRole("searchbox", { name: "Filter by symbol or source" });
  }

  /** Shows the prices as a table. */
  async showTable(): Promise<void> {
    await this.page.getByRole("button", { name: "Table" }).click();
    await this.rows.first().waitFor();
  }

  /** Symbols in the document, in their order. */
  async symbols(): Promise<string[]> {
    return await this.page.locator(".card-symbol, .row-symbol").allTextContents();
  }

  /** The card of a symbol, whose name is taken as it is. */
  card(symbol: string): Locator {
    return this.cards.filter({ has: this.page.getByText(symbol, { exact: true }) });
  }

  /** The price that a symbol's card shows. */
  price(symbol: string): Locator {
    return this.card(symbol).locator(".card-figure");
  }
}
