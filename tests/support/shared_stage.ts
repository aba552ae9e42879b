import type { BrowserContextOptions } from "playwright-core";
import { openBrowser, type TestBrowser } from "./browser.ts";
import { insertPrices, type NewPrice } from "./dashboard.ts";
import { DeskPage } from "./desk_page.ts";
import { type TestDatabase, testDatabase } from "./postgres.ts";
import { startServer, type TestServer } from "./server.ts";

/** A database, a server on it and a browser: what the tests of a file can share. */
export class SharedStage implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly server: TestServer;
  readonly browser: TestBrowser;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    parts: Pick<SharedStage, "database" | "server" | "browser">,
  ) {
    this.#stack = stack;
    this.database = parts.database;
    this.server = parts.server;
    this.browser = parts.browser;
  }

  /** Starts them all, with these prices in the table. */
  static async start(prices: readonly NewPrice[]): Promise<SharedStage> {
    const stack = new AsyncDisposableStack();
    const database = stack.use(await testDatabase());
    if (prices.length > 0) await insertPrices(database.url, prices);
    const env = { FEED_MODE: "listen", WORKERS: "1" };
    const [server, browser] = await Promise.all([
      startServer({ databaseUrl: database.url, env }),
      openBrowser(),
    ]);
    stack.use(server);
    stack.use(browser);
    return new SharedStage(stack, { database, server, browser });
  }

  async insert(...prices: NewPrice[]): Promise<void> {
    await insertPrices(this.database.url, prices);
  }

  /** The dashboard with live prices, in a page that has nothing in common with the others. */
  async open(options: BrowserContextOptions = {}): Promise<DeskPage> {
    const desk = new DeskPage(await this.browser.open(this.server.url, options));
    await desk.live();
    return desk;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/**
 * Starts a stage before the file's first test and ends it after the last. Call the result in a test, whose
 * pages are closed when it is over.
 */
export function sharedStage(prices: readonly NewPrice[] = []): () => SharedStage {
  let stage: SharedStage | undefined;
  Deno.test.beforeAll(async () => {
    stage = await SharedStage.start(prices);
  });
  Deno.test.afterEach(async () => {
    await stage?.browser.closePages();
  });
  Deno.test.afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });
  return () => {
    if (stage === undefined) throw new Error("Cannot use the stage: must be in a test, is not");
    return stage;
  };
}

/** Starts a browser before the file's first test and ends it after the last; call the result in a test. */
export function sharedBrowser(): () => TestBrowser {
  let browser: TestBrowser | undefined;
  Deno.test.beforeAll(async () => {
    browser = await openBrowser();
  });
  Deno.test.afterEach(async () => {
    await browser?.closePages();
  });
  Deno.test.afterAll(async () => {
    await browser?.close();
  });
  return () => {
    if (browser === undefined) throw new Error("Cannot use the browser: must be in a test, is not");
    return browser;
  };
}

/** A test that leaves open what it shares with others. */
export function sharedTest(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** So many symbols, which sort as they are numbered, with prices from 100 on. */
export function manyPrices(count: number): NewPrice[] {
  return Array.from({ length: count }, (_, index) => ({
    symbol: `S${String(index).padStart(4, "0")}`,
    price: 100 + index,
  }));
}
