import type { BrowserContextOptions } from "playwright-core";
import { openBrowser, type TestBrowser } from "./browser.ts";
import { Dashboard, insertPrices, type NewPrice } from "./dashboard.ts";
import { type TestDatabase, testDatabase } from "./postgres.ts";
import { startServer, type TestServer } from "./server.ts";

/** A server with prices, and a browser that shows them. */
export interface BoardStage extends AsyncDisposable {
  readonly dashboard: Dashboard;
  readonly browser: TestBrowser;
  readonly server: TestServer;
  insert(...prices: NewPrice[]): Promise<void>;
}

/** Writes prices into a database of their own, and opens the dashboard on them. */
export async function openBoard(
  prices: readonly NewPrice[],
  options: BrowserContextOptions = {},
): Promise<BoardStage> {
  const stack = new AsyncDisposableStack();
  const database: TestDatabase = stack.use(await testDatabase());
  await insertPrices(database.url, prices);
  const server = stack.use(
    await startServer({ databaseUrl: database.url, env: { FEED_MODE: "listen", WORKERS: "1" } }),
  );
  const browser = stack.use(await openBrowser());
  const dashboard = new Dashboard(await browser.open(server.url, options));
  await dashboard.cards.first().waitFor();
  return {
    dashboard,
    browser,
    server,
    insert: (...more) => insertPrices(database.url, more),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** So many symbols, which sort as they are numbered, with prices from 100 on. */
export function manyPrices(count: number): NewPrice[] {
  return Array.from({ length: count }, (_, index) => ({
    symbol: `S${String(index).padStart(4, "0")}`,
    price: 100 + index,
  }));
}
