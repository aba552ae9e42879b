/// <reference lib="dom" />
import assert from "node:assert/strict";
import { openBrowser } from "../support/browser.ts";
import { insertPrices } from "../support/dashboard.ts";
import { DeskPage } from "../support/desk_page.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const LISTEN = { FEED_MODE: "listen" };

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** Waits until the server itself knows a price. */
async function serves(url: string, price: number): Promise<void> {
  await waitFor("the server to know the price", async () => {
    return (await (await fetch(`${url}/api/prices`)).text()).includes(`"price":${price}`);
  });
}

test("Dashboard says what had changed while its network was away, and keeps a log of it", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, ["A", "B", "C"].map((symbol) => ({ symbol, price: 10 })));
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using network = await FaultProxy.start(server.url);
  await using browser = await openBrowser();
  const desk = new DeskPage(await browser.open(network.url));
  await desk.live();
  network.refuse();
  await desk.banner.waitFor();
  assert.equal(await desk.page.locator(".is-old").count() > 0, true, "the prices are greyed");
  await insertPrices(database.url, [{ symbol: "A", price: 11 }, { symbol: "B", price: 12 }]);
  await serves(server.url, 12);
  await network.restore();
  const notice = desk.notices.getByText(/^Resumed after [\d.]+ s: 2 prices had changed\.$/);
  await notice.waitFor({ timeout: 30_000 });
  await desk.live();
  assert.equal(await desk.banner.count(), 0);
  await desk.shows("A", "11.00");
  await desk.notices.getByRole("button", { name: /^Dismiss: Resumed/ }).click();
  await notice.waitFor({ state: "detached" });
  await desk.open("connection");
  const entries = desk.connection.locator(".session-log li");
  await entries.first().waitFor();
  const log = await entries.allInnerTexts();
  assert.equal(log.length, 3, log.join("\n"));
  assert.match(log[0] ?? "", /Resumed after .*: 2 prices had changed\./);
  assert.match(log[1] ?? "", /Connection lost: /);
  assert.match(log[2] ?? "", /Connected: 3 prices\./);
});

test("Dashboard says that it got a fresh snapshot when the server was restarted", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const desk = new DeskPage(await browser.open(server.url));
  await desk.live();
  await server.kill();
  await desk.banner.waitFor();
  assert.match(await desk.banner.innerText(), /Not connected: the server does not answer\./);
  await server.restart();
  await desk.notices.getByText(
    /^Back after [\d.]+ s with a fresh snapshot of 1 price\. The server has restarted\.$/,
  ).waitFor({ timeout: 30_000 });
  await desk.live();
});

test("Dashboard says within seconds that the feed is late, then down, while Postgres hangs", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using cable = await FaultProxy.start(database.url);
  await using server = await startServer({ databaseUrl: cable.url, env: LISTEN });
  await using browser = await openBrowser();
  const desk = new DeskPage(await browser.open(server.url));
  await desk.live();
  cable.mute();
  const late = desk.page.getByRole("complementary", { name: /^Prices are (late|not live)$/ });
  await late.waitFor();
  assert.match(await late.innerText(), /Last confirmed at /);
  await desk.says("Feed down");
  assert.equal(await desk.page.locator(".is-old").count() > 0, true);
  await cable.restore();
  await desk.live();
  await desk.notices.getByText(/^The feed is live again after /).waitFor();
});

test("Dashboard shows nothing as live that a sleeping computer has left behind", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const page = await browser.open("about:blank");
  await page.clock.install();
  await page.goto(server.url);
  const desk = new DeskPage(page);
  await desk.live();
  const words = await desk.recordStatus();
  // The lid is closed for an hour: no timer runs, the clock goes on, the socket stays open.
  await page.clock.fastForward(3_600_000);
  await waitFor("the doubt", async () => (await words()).length > 0);
  assert.match((await words())[0] ?? "", /^(Checking|Stale|Reconnecting)$/);
  await desk.live();
});

test("Dashboard shows a page as paused before the browser puts it away", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const page = await browser.open(server.url);
  const desk = new DeskPage(page);
  await desk.live();
  // What is drawn now is what is seen first when the page comes back, before any script runs. Chromium
  // freezes no page that a test drives, so the test says the browser's word.
  const word = await page.evaluate(async () => {
    document.dispatchEvent(new Event("freeze"));
    await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(undefined))));
    return document.querySelector("[role=status]")?.textContent;
  });
  assert.equal(word, "Paused");
  await desk.live();
});
