/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { Dashboard, insertPrices, type NewPrice } from "../support/dashboard.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { chooseRadio } from "../support/radio.ts";
import { waitFor } from "../support/wait_for.ts";

const HOSTILE = "<img src=x onerror=alert(1)>";
const SECOND = "</style><b>x";
const DEADLINE_MS = 30_000;

/** A server with prices, and a browser. */
interface Stage extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly server: TestServer;
  readonly browser: TestBrowser;
  open(symbol: string): Promise<SymbolPage>;
}

/** The parts of the view that tests look at. */
class SymbolPage {
  constructor(readonly page: Page) {}

  get heading() {
    return this.page.getByRole("heading", { level: 2 });
  }

  async choose(name: string): Promise<void> {
    await chooseRadio(this.page.getByRole("radio", { name, exact: true }));
  }

  /** Rows of the table of candles, newest first: time, open, high, low, close, number of prices. */
  async table(): Promise<string[][]> {
    const details = this.page.locator("details.candle-table");
    if (await details.getAttribute("open") === null) await details.locator("summary").click();
    const rows = this.page.locator(".candle-table tbody tr");
    return await rows.evaluateAll((all) =>
      all.map((row) => {
        const [time, ...figures] = row.children;
        const moment = time?.querySelector("time")?.dateTime ?? "";
        return [moment, ...figures.map((cell) => cell.textContent ?? "")];
      })
    );
  }

  /** The newest row once it is as wanted. */
  async newest(what: string, isWanted: (row: string[]) => boolean): Promise<string[]> {
    return await waitFor(what, async () => {
      const row = (await this.table())[0];
      return row !== undefined && isWanted(row) ? row : undefined;
    }, DEADLINE_MS);
  }
}

async function stage(prices: readonly NewPrice[]): Promise<Stage> {
  const database = await testDatabase();
  await insertPrices(database.url, prices);
  const server = await startServer({ databaseUrl: database.url, env: { FEED_MODE: "listen" } });
  const browser = await openBrowser();
  return {
    database,
    server,
    browser,
    async open(symbol) {
      const page = await browser.open(`${server.url}/#/symbol/${encodeURIComponent(symbol)}`);
      return new SymbolPage(page);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.close();
      await database.close();
    },
  };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Prices of one symbol, one a minute for some hours up to two minutes ago. */
function course(symbol: string, source: string, minutes: number): NewPrice[] {
  const end = now() - now() % 60 - 120;
  return Array.from({ length: minutes }, (_, index) => ({
    symbol,
    source,
    price: 100 + index % 10,
    timestamp: end - (minutes - 1 - index) * 60,
  }));
}

Deno.test("The chart's code comes with the first symbol, and the board is where it was left", async () => {
  const many = Array.from({ length: 100 }, (_, index) => ({ symbol: `S${index}`, price: 1 }));
  await using all = await stage([...course("SZ", "x", 5), ...many]);
  const page = await all.browser.open("about:blank");
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(all.server.url);
  const dashboard = new Dashboard(page);
  const rows = page.locator("#board-rows");
  await waitFor(
    "a board to scroll",
    () => rows.evaluate((element) => element.scrollTop = element.scrollHeight),
  );
  const scrolled = await rows.evaluate((element) => element.scrollTop);
  const link = dashboard.card("SZ").getByRole("link", { name: "SZ" });
  assert.ok(!requests.includes("/dist/chart/main.js"));
  await link.click();
  await page.locator(".chart-canvas canvas").first().waitFor();
  assert.ok(requests.includes("/dist/chart/main.js"));
  assert.equal(new URL(page.url()).hash, "#/symbol/SZ");
  await page.keyboard.press("Escape");
  await waitFor("the focus to be back on the symbol", () =>
    link.evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return element === document.activeElement && top < innerHeight && bottom > 0;
    }));
  assert.equal(await rows.evaluate((element) => element.scrollTop), scrolled);
  assert.deepEqual(all.browser.complaints, []);
});

Deno.test("The newest candle moves with the feed, the next begins, and a symbol gets its first", async () => {
  await using all = await stage(course("AAPL", "x", 3));
  const view = await all.open("AAPL");
  await view.newest("the candles", ([, , , , close]) => close === "102.00");
  const minute = now() - now() % 60;
  const write = (price: number, timestamp: number) =>
    insertPrices(all.database.url, [{ symbol: "AAPL", source: "x", price, timestamp }]);
  for (const price of [105, 109, 104, 106]) {
    await write(price, minute);
    await view.newest(`a close of ${price}`, ([, , , , close]) => close === `${price}.00`);
  }
  const [time, ...figures] = await view.newest("the whole candle", (row) => row[2] === "109.00");
  assert.equal(time, new Date(minute * 1000).toISOString());
  assert.deepEqual(figures.slice(0, 4), ["105.00", "109.00", "104.00", "106.00"]);
  await write(111, minute + 60);
  const next = await view.newest("the next candle", (row) => row[4] === "111.00");
  assert.equal(next[0], new Date((minute + 60) * 1000).toISOString());
  const tick = await view.page.locator(".ticks tbody tr").first().locator("td").allInnerTexts();
  assert.deepEqual(tick.slice(1).map((text) => text.replace(/\s/, " ")), [
    "x",
    "111.00",
    "▲ +5.00",
  ]);
  await view.page.goto(`${all.server.url}/#/symbol/NEW%2F100%25`);
  await view.page.getByRole("heading", { name: "No prices of NEW/100%" }).waitFor();
  await insertPrices(all.database.url, [{ symbol: "NEW/100%", price: 7 }]);
  await view.page.locator(".symbol-figure").getByText("7.00").waitFor();
  await view.newest("its candle", (row) => row[4] === "7.00");
  assert.deepEqual(all.browser.complaints, []);
});

// Pages elsewhere draw a hole, or throw "Cannot update oldest data", when the feed comes back.
Deno.test("Candles that were missed while the server was away are filled in", async () => {
  await using all = await stage(course("AAPL", "x", 10));
  const view = await all.open("AAPL");
  await view.newest("the candles", ([, , , , close]) => close === "109.00");
  await all.server.kill();
  await view.page.getByText("Not live", { exact: true }).waitFor();
  assert.equal(await view.page.locator(".symbol-view.is-old").count(), 1);
  const start = now() - now() % 60;
  await insertPrices(
    all.database.url,
    [60, 120, 180, 240, 60].map((offset, index) => ({
      symbol: "AAPL",
      source: "x",
      price: 120 + index,
      timestamp: start + offset,
    })),
  );
  await all.server.restart();
  // Does not wait for the next attempt.
  await view.page.evaluate(() => dispatchEvent(new Event("online")));
  await view.newest("the newest of the missed", (row) => row[4] === "123.00");
  const rows = await view.table();
  const missed = rows.slice(0, 4).map(([, open, high, , close]) => [open, high, close]);
  assert.deepEqual(missed, [
    ["123.00", "123.00", "123.00"],
    ["122.00", "122.00", "122.00"],
    ["121.00", "121.00", "121.00"],
    ["120.00", "124.00", "124.00"],
  ]);
  assert.equal(rows.length, 14);
  await view.page.locator(".symbol-view:not(.is-old)").waitFor();
  const thrown = all.browser.complaints.filter((text) =>
    !/ERR_|WebSocket|Failed to load/.test(text)
  );
  assert.deepEqual(thrown, []);
});

Deno.test("Interval, style and source are chosen by keyboard, and the chart is moved by it", async () => {
  await using all = await stage([...course("AAPL", "x", 600), ...course("AAPL", "y", 600)]);
  const view = await all.open("AAPL");
  const { page } = view;
  await view.newest("candles of one source", (row) => row[5] === "1");
  await page.getByRole("radio", { name: "1m", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.getByRole("radio", { name: "5m", exact: true }).isChecked());
  // The newest may have begun just now.
  const whole = async (prices: string) => (await view.table())[1]?.[5] === prices;
  await waitFor("candles of five minutes", () => whole("5"), DEADLINE_MS);
  const times = (await view.table()).map(([time = ""]) => Date.parse(time) / 1000);
  assert.ok(times.every((time) => time % 300 === 0));
  const source = page.getByRole("combobox", { name: "Source" });
  await source.selectOption({ label: "All together" });
  await waitFor("candles of both sources", () => whole("10"), DEADLINE_MS);
  await page.getByText("Prices of 2 sources in one").waitFor();
  await source.selectOption({ label: "y" });
  await waitFor("candles of one source", () => whole("5"), DEADLINE_MS);
  assert.match(await page.locator(".symbol-moment").innerText(), /^y, /);
  await view.choose("1m");
  await view.newest("candles of a minute", (row) => row[5] === "1");
  const chart = page.getByRole("application", { name: "Prices of AAPL" });
  await chart.focus();
  const summary = page.locator("#chart-summary");
  await waitFor("a summary", async () => /candles of 1m/.test(await summary.innerText()));
  // 500 come at first; the others when one goes back.
  const caption = page.locator(".candle-table caption");
  await waitFor("the first page", async () => /of 500 candles/.test(await caption.innerText()));
  // What was on its way for the chart before is no fault of the next.
  await page.route(/before=/, () => {});
  for (let press = 0; press < 30; press += 1) await page.keyboard.press("ArrowLeft");
  await page.getByText("Loading older prices…").waitFor();
  await view.choose("5m");
  await page.getByText("Loading older prices…").waitFor({ state: "detached" });
  assert.equal(await page.locator(".chart-fault").count(), 0);
  await page.unroute(/before=/);
  await view.choose("1m");
  await waitFor("the first page", async () => /of 500 candles/.test(await caption.innerText()));
  await chart.focus();
  for (let press = 0; press < 30; press += 1) await page.keyboard.press("ArrowLeft");
  await waitFor("older candles", async () => /of 600 candles/.test(await caption.innerText()));
  await page.getByRole("button", { name: "To the newest" }).waitFor();
  await chart.focus();
  await page.keyboard.press("End");
  await page.getByRole("button", { name: "To the newest" }).waitFor({ state: "detached" });
  assert.deepEqual(all.browser.complaints, []);
});

Deno.test("Sources are compared, and names are text, within the pages' policy", async () => {
  await using all = await stage([
    ...course(HOSTILE, HOSTILE, 5),
    ...course(HOSTILE, SECOND, 4),
  ]);
  const page = await all.browser.open("about:blank");
  await page.addInitScript(() => {
    const kept: string[] = [];
    Object.assign(globalThis, { violations: kept });
    document.addEventListener("securitypolicyviolation", (event) => {
      kept.push(`${event.effectiveDirective} ${event.sample}`);
    });
  });
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${all.server.url}/#/symbol/${encodeURIComponent(HOSTILE)}`);
  const view = new SymbolPage(page);
  await view.newest("the candles", (row) => row[5] === "1");
  await view.choose("Compare sources");
  const captions = page.locator(".candle-table caption");
  await waitFor("two series", async () => {
    const texts = await captions.allInnerTexts();
    return /of 4 candles/.test(texts[0] ?? "") && /of 5 candles/.test(texts[1] ?? "");
  }, DEADLINE_MS);
  assert.deepEqual(await page.locator(".chart-legend bdi").allInnerTexts(), [SECOND, HOSTILE]);
  await page.getByRole("checkbox", { name: "Percent" }).uncheck();
  await page.locator(".chart-canvas canvas").first().waitFor();
  assert.equal(await view.heading.innerText(), HOSTILE);
  assert.equal(await page.locator("#app .symbol-view img, #app b, #app script").count(), 0);
  assert.deepEqual(await page.evaluate(() => Reflect.get(globalThis, "violations")), []);
  assert.deepEqual([...hosts], [new URL(all.server.url).host]);
  const credit = page.getByRole("link", { name: "TradingView" });
  assert.equal(await credit.getAttribute("href"), "https://www.tradingview.com/");
  assert.deepEqual(all.browser.complaints, []);
});

// Candles of sources that disagree were drawn together: a wall of bars from the one price to the other.
Deno.test("Of sources that disagree one is shown, and the browser keeps what was chosen for every symbol", async () => {
  const at = (symbol: string, source: string, price: number, ago: number) => ({
    symbol,
    source,
    price,
    timestamp: now() - ago,
  });
  await using all = await stage([
    at("AAPL", "asleep", 50, 7200),
    ...[8, 6, 4].flatMap((ago) => [at("AAPL", "bats", 100, ago), at("AAPL", "iex", 104, ago - 1)]),
    at("MSFT", "bats", 300, 5),
    at("MSFT", "iex", 303, 5),
    at("ALONE", "sip", 7, 5),
  ]);
  const view = await all.open("AAPL");
  const { page } = view;
  const day = page.locator(".symbol-day dd");
  await view.newest("candles of the first that is heard", (row) => row[2] === "100.00");
  await waitFor(
    "the day of that source alone",
    async () => (await day.allInnerTexts()).join() === "100.00,100.00,100.00",
    DEADLINE_MS,
  );
  const source = page.getByRole("combobox", { name: "Source" });
  assert.equal(await source.locator("option:checked").innerText(), "bats");
  // A newer price of another source changes nothing in the chart.
  await insertPrices(all.database.url, [{ symbol: "AAPL", source: "iex", price: 105 }]);
  await page.locator(".ticks tbody tr").first().getByText("105.00").waitFor();
  assert.equal(await page.locator(".symbol-figure").innerText(), "100.00");
  await source.selectOption({ label: "iex" });
  await view.choose("15s");
  await view.choose("Line");
  await view.newest("candles of the chosen", (row) => row[4] === "105.00");
  await page.goto(`${all.server.url}/#/symbol/MSFT`);
  await page.reload();
  await view.newest("the chosen source of another symbol", (row) => row[4] === "303.00");
  assert.ok(await page.getByRole("radio", { name: "15s", exact: true }).isChecked());
  assert.ok(await page.getByRole("radio", { name: "Line", exact: true }).isChecked());
  await page.goto(`${all.server.url}/#/symbol/ALONE`);
  await view.newest("the only source of a third", (row) => row[4] === "7.00");
  assert.equal(await source.count(), 0);
  assert.equal(await page.getByRole("radio", { name: "Compare sources" }).count(), 0);
  assert.deepEqual(all.browser.complaints, []);
});

// "Invalid time value" was thrown where the axis of time was drawn, and 300 digits pushed all else aside.
Deno.test("The view of a symbol shows rows from before all calendars, and prices of 300 digits", async () => {
  await using all = await stage([
    { symbol: "OLD", source: "x", price: 5, timestamp: Number.MIN_SAFE_INTEGER },
    { symbol: "BIG", source: "x", price: 1e300, timestamp: now() - 60 },
    { symbol: "BIG", source: "x", price: 1.7e308 },
  ]);
  for (const [symbol, price] of [["OLD", "5.00"], ["BIG", "1.7E308"]] as const) {
    const view = await all.open(symbol);
    await view.choose("1s");
    const row = await view.newest("its candle", (cells) => cells[4] === price);
    if (symbol === "OLD") assert.equal(row[0], "", "no moment that could be told");
    // Waits for a frame, in which the chart is drawn.
    await view.page.screenshot();
    const isWide = () =>
      document.documentElement.scrollWidth > document.documentElement.clientWidth;
    assert.equal(await view.page.evaluate(isWide), false, symbol);
  }
  assert.deepEqual(all.browser.complaints, []);
});
