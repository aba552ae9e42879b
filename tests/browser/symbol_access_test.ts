/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { chooseRadio } from "../support/radio.ts";
import { axeFaults } from "../support/axe.ts";
import { openBrowser } from "../support/browser.ts";
import { insertPrices } from "../support/dashboard.ts";
import { serverTest } from "../support/server_stage.ts";
import { tabStops } from "../support/tab_stops.ts";
import type { TestDatabase } from "../support/postgres.ts";

const LISTEN = { FEED_MODE: "listen" };
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

async function writeTwoSources({ url }: TestDatabase): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  await insertPrices(
    url,
    [300, 200, 100, 0].flatMap((ago, index) =>
      ["bats", "iex"].map((source) => ({
        symbol: "AAPL",
        source,
        price: 100 + index,
        timestamp: now - ago,
      }))
    ),
  );
}

async function drawn(page: Page): Promise<void> {
  await page.locator(".chart-canvas canvas").first().waitFor();
  await page.getByText("Loading the chart…").waitFor({ state: "detached" });
}

serverTest(
  "A symbol's view has no fault that axe finds, in either theme, at a desk and on a phone",
  async ({ server, database }) => {
    await writeTwoSources(database);
    await using browser = await openBrowser();
    const page = await browser.open(`${server.url}/#/symbol/AAPL`, { reducedMotion: "reduce" });
    const found: string[] = [];
    const look = async (what: string) => {
      for (const viewport of [DESK, PHONE]) {
        await page.setViewportSize(viewport);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          const faults = await axeFaults(page);
          found.push(
            ...faults.map((fault) => `${what}, ${viewport.width}, ${colorScheme}: ${fault}`),
          );
        }
      }
    };
    await drawn(page);
    await page.locator(".candle-table summary").click();
    await page.locator(".candle-table tbody tr").first().waitFor();
    await look("candles and table");
    await chooseRadio(page.getByRole("radio", { name: "Compare sources" }));
    await page.locator(".chart-legend li").first().waitFor();
    await page.locator("#chat-toggle").click();
    await look("compared, with the chat");
    await page.goto(`${server.url}/#/symbol/NOBODY`);
    await page.getByRole("heading", { name: "No prices of NOBODY" }).waitFor();
    await look("unknown");
    await page.goto(`${server.url}/#/symbol/AAPL`);
    await drawn(page);
    await server.kill();
    await page.getByText("Not live", { exact: true }).waitFor();
    await look("stale");
    assert.deepEqual(found, []);
  },
  LISTEN,
);

serverTest(
  "Tab leads through all of a symbol's view, and each stop has a name and shows its focus",
  async ({ server, database }) => {
    await writeTwoSources(database);
    await using browser = await openBrowser();
    const page = await browser.open(`${server.url}/#/symbol/AAPL`, { viewport: DESK });
    await drawn(page);
    await page.getByRole("combobox", { name: "Source" }).waitFor();
    await page.getByRole("heading", { level: 2, name: "AAPL" }).focus();
    const stops = await tabStops(page);
    assert.deepEqual(stops.filter(({ faults }) => faults.length > 0), []);
    assert.deepEqual(stops.map(({ role, name }) => `${role} ${name}`), [
      "radio 1m",
      "radio Candles",
      "combobox Source",
      "application Prices of AAPL",
      "link TradingView",
      "DisclosureTriangle Show as a table",
      "group Last prices",
    ]);
  },
  LISTEN,
);

// The chart's layers lay over the bar when one scrolled down on a phone.
serverTest(
  "A chart goes below the page's bar, on a phone",
  async ({ server, database }) => {
    await writeTwoSources(database);
    await using browser = await openBrowser();
    const viewport = { ...PHONE, height: 500 };
    const page = await browser.open(`${server.url}/#/symbol/AAPL`, { viewport });
    await drawn(page);
    await page.locator(".chart-canvas").evaluate((chart) => {
      scrollTo(0, scrollY + chart.getBoundingClientRect().top + 20);
    });
    const isBar = await page.getByRole("banner").evaluate((bar) => {
      const { bottom, width } = bar.getBoundingClientRect();
      const under = document.querySelector(".chart-canvas")?.getBoundingClientRect();
      if (under === undefined || under.top > bottom / 2) throw new Error("the chart is elsewhere");
      return document.elementsFromPoint(width / 2, bottom / 2).findIndex((one) =>
        bar.contains(one)
      ) === 0;
    });
    assert.ok(isBar);
  },
  LISTEN,
);
