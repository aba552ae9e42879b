/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { Dashboard, insertPrices } from "../support/dashboard.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const LISTEN = { FEED_MODE: "listen" };

Deno.test("Dashboard shows the newest price of each symbol and source, sorted", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [
    { symbol: "MSFT", price: 400, timestamp: 1000 },
    { symbol: "MSFT", price: 401.5, timestamp: 2000 },
    { symbol: "AAPL", price: 1234.5, source: "two" },
    { symbol: "AAPL", price: 0.000_123, source: "one" },
  ]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  await dashboard.cards.nth(2).waitFor();
  assert.deepEqual(await dashboard.page.locator(".card-symbol").allTextContents(), [
    "AAPL",
    "AAPL",
    "MSFT",
  ]);
  assert.deepEqual(await dashboard.page.locator(".card-source").allTextContents(), [
    "one",
    "two",
    "test",
  ]);
  assert.deepEqual(await dashboard.page.locator(".card-figure").allTextContents(), [
    "0.000123",
    "1,234.50",
    "401.50",
  ]);
  await shows(dashboard.status, "Live");
  assert.deepEqual(browser.complaints, []);
});

Deno.test("Dashboard shows a change at once, with its direction and the change of the day", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  const card = dashboard.card("AAPL");
  await shows(dashboard.price("AAPL"), "200.00");
  await insertPrices(database.url, [{ symbol: "AAPL", price: 203 }]);
  await shows(dashboard.price("AAPL"), "203.00");
  await shows(card.locator(".tick"), "▲");
  await shows(card.locator(".card-change"), "▲up today: +3.00 +1.50%");
  await insertPrices(database.url, [{ symbol: "AAPL", price: 199 }]);
  await shows(dashboard.price("AAPL"), "199.00");
  await shows(card.locator(".tick"), "▼");
  await shows(card.locator(".card-change"), "▼down today: -1.00 -0.50%");
  const course = await card.getByRole("img").getAttribute("aria-label");
  assert.equal(course, "Last 3 prices, from 200.00 to 199.00");
});

Deno.test("Dashboard renders the card whose price changed, and no other", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }, { symbol: "B", price: 10 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  // The day's range comes by itself, after the price.
  for (const symbol of ["A", "B"]) {
    await shows(dashboard.card(symbol).locator("[data-cell=high]"), "10.00");
  }
  const mutated = await dashboard.page.evaluateHandle(() => {
    const names: (string | null | undefined)[] = [];
    const observer = new MutationObserver((records) => {
      for (const { target } of records) {
        const parent = target instanceof Element ? target : target.parentElement;
        // Ages change in every card, once a second.
        if (parent?.closest(".card-age")) continue;
        names.push(parent?.closest(".card")?.querySelector(".card-symbol")?.textContent);
      }
    });
    const list = document.querySelector(".cards");
    if (list === null) throw new Error("Cannot observe the cards: must exist, do not");
    observer.observe(list, { subtree: true, childList: true, characterData: true });
    return names;
  });
  await insertPrices(database.url, [{ symbol: "B", price: 11 }]);
  await shows(dashboard.price("B"), "11.00");
  assert.deepEqual([...new Set(await mutated.jsonValue())], ["B"]);
});

Deno.test("Dashboard shows symbols as text, whatever they contain", async () => {
  const symbols = ["<img src=x onerror=alert(1)>", "<b>x</b>&amp;", "{{7*7}}", "\u202eLPAA"];
  await using database = await testDatabase();
  await insertPrices(database.url, symbols.map((symbol) => ({ symbol, price: 5 })));
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const page = await browser.open(server.url);
  page.on("dialog", (dialog) => assert.fail(`A symbol opened a dialog: ${dialog.message()}`));
  const dashboard = new Dashboard(page);
  await dashboard.cards.nth(symbols.length - 1).waitFor();
  const shown = await page.locator(".card-symbol").allTextContents();
  assert.deepEqual(shown.toSorted(), symbols.toSorted());
  assert.equal(await page.locator(".card img, .card b").count(), 0);
  assert.deepEqual(browser.complaints, []);
});

Deno.test("Dashboard says so when the server is gone, and recovers when it is back", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  await shows(dashboard.status, "Live");
  await server.kill();
  await shows(dashboard.status, "Reconnecting");
  await dashboard.banner.waitFor();
  assert.match(await dashboard.banner.innerText(), /Prices are not live\. Last confirmed at /);
  assert.equal(await dashboard.page.locator(".cards.is-old").count(), 1);
  assert.match(await dashboard.page.title(), /^Reconnecting/);
  await insertPrices(database.url, [{ symbol: "AAPL", price: 300 }]);
  await server.restart();
  await shows(dashboard.price("AAPL"), "300.00");
  await shows(dashboard.status, "Live");
  assert.equal(await dashboard.banner.count(), 0);
  assert.equal(await dashboard.page.locator(".cards.is-old").count(), 0);
});

Deno.test("Dashboard notices within seconds that the server has fallen silent", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  await shows(dashboard.status, "Live");
  Deno.kill(server.pid, "SIGSTOP");
  try {
    await dashboard.banner.waitFor({ timeout: 5000 });
  } finally {
    Deno.kill(server.pid, "SIGCONT");
  }
  await shows(dashboard.status, "Live");
});

Deno.test("Dashboard says that the feed is down while the server cannot reach Postgres", async () => {
  await using cluster = await testCluster();
  await insertPrices(cluster.url, [{ symbol: "AAPL", price: 200 }]);
  await using server = await startServer({ databaseUrl: cluster.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  await shows(dashboard.status, "Live");
  await cluster.stop();
  await shows(dashboard.status, "Feed down");
  assert.match(await dashboard.banner.innerText(), /The server cannot reach its database\./);
  await cluster.restart();
  await shows(dashboard.status, "Live");
});

Deno.test("Dashboard says what to do while there are no prices", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  const heading = dashboard.page.getByRole("heading", { name: "No prices yet" });
  await heading.waitFor();
  await dashboard.page.getByText("deno task aggregator").waitFor();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
  await shows(dashboard.price("AAPL"), "200.00");
  assert.equal(await heading.count(), 0);
});

Deno.test("Dashboard narrows the cards to what contains the words typed", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [
    { symbol: "AAPL", price: 1, source: "finnhub" },
    { symbol: "AAPL", price: 1, source: "simulator" },
    { symbol: "MSFT", price: 1, source: "finnhub" },
  ]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  await dashboard.filter.fill("aap finn");
  await counts(dashboard.cards, 1);
  await shows(dashboard.page.locator(".filter-count"), "1 of 3 prices");
  await dashboard.filter.fill("zzz");
  await counts(dashboard.cards, 0);
  await dashboard.page.getByRole("button", { name: "Show all prices" }).click();
  await counts(dashboard.cards, 3);
});

Deno.test("Dashboard fits a phone, however long the names", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [
    { symbol: "W".repeat(32), source: "M".repeat(32), price: 123_456.78 },
    { symbol: "W".repeat(32), source: "M".repeat(32), price: 98_765.43 },
  ]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const page = await browser.open(server.url, { viewport: { width: 390, height: 844 } });
  await new Dashboard(page).cards.first().waitFor();
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    innerWidth,
  ]);
  assert.equal(content, window);
  const name = await page.locator(".card-name > *").nth(0).boundingBox();
  const source = await page.locator(".card-name > *").nth(1).boundingBox();
  const price = await page.locator(".card-price").boundingBox();
  assert.ok(name !== null && source !== null && price !== null);
  assert.ok(Math.max(name.x + name.width, source.x + source.width) <= price.x);
});

Deno.test("Dashboard flashes with a change, but not for those who asked for less motion", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const dashboard = new Dashboard(await browser.open(server.url));
  await shows(dashboard.price("AAPL"), "200.00");
  await insertPrices(database.url, [{ symbol: "AAPL", price: 201 }]);
  await shows(dashboard.price("AAPL"), "201.00");
  const animation = () =>
    dashboard.card("AAPL").locator(".card-price").evaluate((element) =>
      getComputedStyle(element, "::before").animationName
    );
  assert.match(await animation(), /^flash/);
  await dashboard.page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await animation(), "none");
});

async function shows(element: Locator, text: string): Promise<void> {
  let last: string | null = null;
  await waitFor(`the page to show ${text}`, async () => {
    last = await element.textContent();
    return last === text;
  }).catch((error: unknown) => {
    throw new Error(`Cannot find "${text}" on the page: it shows "${last}"`, { cause: error });
  });
}

async function counts(elements: Locator, count: number): Promise<void> {
  await waitFor(`${count} elements`, async () => await elements.count() === count);
}
