/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import { insertPrices } from "../support/dashboard.ts";
import { DeskPage } from "../support/desk_page.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testCluster } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const LISTEN = { FEED_MODE: "listen" };
/** Each test has symbols of its own. */
const stage = sharedStage();

/** Lets pages show notifications of the system, and counts them over all pages of the context. */
async function countNotifications(context: BrowserContext, origin: string): Promise<string[]> {
  const shown: string[] = [];
  await context.grantPermissions(["notifications"], { origin });
  await context.exposeFunction("notified", (title: string) => shown.push(title));
  await context.addInitScript(() => {
    const Shown = globalThis.Notification;
    globalThis.Notification = class extends Shown {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        Reflect.get(globalThis, "notified")(title);
      }
    };
  });
  return shown;
}

async function openDesk(context: BrowserContext, url: string): Promise<DeskPage> {
  const page: Page = await context.newPage();
  await page.goto(url);
  const desk = new DeskPage(page);
  await desk.live();
  return desk;
}

sharedTest(
  "An alert fires once over two tabs, stays fired, and fires again when armed again",
  async () => {
    const { browser, server } = stage();
    await stage().insert({ symbol: "A", price: 90 });
    const context = (await browser.open("about:blank")).context();
    const shown = await countNotifications(context, server.url);
    const first = await openDesk(context, server.url);
    const second = await openDesk(context, server.url);
    await first.open("alerts");
    await first.alerts.getByRole("button", { name: "Turn on notifications" }).click();
    await first.alerts.getByRole("button", { name: "Turn off notifications" }).waitFor();
    await second.page.reload();
    await second.live();
    await second.open("alerts");
    await first.setAlert("a", "above", "100");
    await second.alertItems.filter({ hasText: "A at or above 100.00" }).waitFor();
    await stage().insert({ symbol: "A", price: 101 });
    await first.fired(1);
    await second.fired(1);
    await first.notices.getByText("A at or above 100.00").waitFor();
    await second.notices.getByText("A at or above 100.00").waitFor();
    await stage().insert({ symbol: "A", price: 102 });
    await first.shows("A", "102.00");
    await second.shows("A", "102.00");
    assert.deepEqual(shown, ["A at or above 100.00"]);

    await first.page.reload();
    await first.live();
    await first.open("alerts");
    await first.alerts.getByRole("button", { name: /^Arm again/ }).click();
    await waitFor(
      "it to wait",
      async () => /leave the level first/.test(String(await first.alertTexts())),
    );
    await stage().insert({ symbol: "A", price: 103 });
    await first.shows("A", "103.00");
    await first.fired(0);
    await stage().insert({ symbol: "A", price: 99 });
    await first.shows("A", "99.00");
    await waitFor("it to be armed", async () => !/leave/.test(String(await first.alertTexts())));
    await stage().insert({ symbol: "A", price: 100 });
    await first.fired(1);
    await waitFor("the notification", () => shown.length === 2);
    await first.alerts.getByRole("button", { name: /^Delete/ }).click();
    await waitFor("it to be gone", async () => await second.alertItems.count() === 0);
  },
);

sharedTest("An alert says that its level was reached while nobody was connected", async () => {
  const { browser, server } = stage();
  await stage().insert({ symbol: "AWAY", price: 90 });
  await using network = await FaultProxy.start(server.url);
  const desk = new DeskPage(await browser.open(network.url));
  await desk.live();
  await desk.open("alerts");
  await desk.setAlert("AWAY", "above", "100");
  network.refuse();
  await desk.banner.waitFor();
  await stage().insert({ symbol: "AWAY", price: 120 });
  await network.restore();
  await desk.fired(1);
  assert.match(
    String(await desk.alertTexts()),
    /120\.00 from test at .*while this page had no live/s,
  );
});

sharedTest(
  "An alert measures a percentage from the day's open or from the price as it was",
  async () => {
    await stage().insert(
      { symbol: "UP", price: 100 },
      { symbol: "UP", price: 110 },
      { symbol: "DOWN", price: 200 },
    );
    const desk = await stage().open();
    const { page } = desk;
    // A tab that nobody looks at draws nothing; alerts do not depend on that.
    await page.evaluate(() => {
      globalThis.requestAnimationFrame = () => 0;
    });
    await desk.open("alerts");
    await desk.setAlert("UP", "up", "20", "open");
    await desk.setAlert("UP", "up", "20", "now");
    await desk.setAlert("DOWN", "down", "5", "open");
    await desk.setAlert("UP", "up", "x", "open");
    const problem = desk.alerts.getByRole("alert");
    assert.match(await problem.innerText(), /the value must be a number above 0, is "x"/);
    await stage().insert({ symbol: "UP", price: 120 }, { symbol: "DOWN", price: 190 });
    await desk.fired(2);
    const armed = desk.alertItems.filter({ hasText: "Waiting" });
    assert.match(await armed.innerText(), /UP up 20\.00% from 110\.00/);
    await stage().insert({ symbol: "UP", price: 132 });
    await desk.fired(3);
  },
);

sharedTest("An alert does not fire by what a feed that is down has left behind", async () => {
  await using cluster = await testCluster();
  await insertPrices(cluster.url, [{ symbol: "A", price: 90 }]);
  await using server = await startServer({ databaseUrl: cluster.url, env: LISTEN });
  const desk = new DeskPage(await stage().browser.open(server.url));
  await desk.live();
  await cluster.stop();
  await desk.says("Feed down");
  await desk.open("alerts");
  await desk.setAlert("A", "below", "100");
  await desk.page.reload();
  await desk.says("Feed down");
  await desk.open("alerts");
  await desk.alertItems.filter({ hasText: "Waiting for a price" }).waitFor();
  await desk.fired(0);
  await cluster.restart();
  await desk.fired(1);
});

sharedTest("Notifications that the user has denied are not asked for again", async () => {
  const { browser, server } = stage();
  const page = await browser.open("about:blank");
  await page.addInitScript(() => {
    Object.defineProperty(Notification, "permission", { get: () => "denied" });
  });
  await page.goto(server.url);
  const desk = new DeskPage(page);
  await desk.live();
  await desk.open("alerts");
  await desk.alerts.getByText("Notifications are blocked for this page.").waitFor();
  assert.equal(await desk.alerts.getByRole("button", { name: "Turn on" }).count(), 0);
});

sharedTest(
  "An alert is set from a row, by pointer and by keyboard, with its symbol, source and last price",
  async () => {
    await stage().insert(
      { symbol: "ROW", price: 1234.5, source: "one" },
      { symbol: "ROW", price: 90, source: "two" },
      { symbol: "ROW2", price: 0.000_000_12 },
    );
    const desk = await stage().open();
    const { page } = desk;
    await desk.filter.fill("row");
    await desk.showTable();
    const entered = async () => [
      await desk.alerts.getByLabel("Symbol").inputValue(),
      await desk.alerts.getByLabel("Source").inputValue(),
      await desk.alerts.getByLabel("Price").inputValue(),
    ];
    await desk.rows.nth(0).getByRole("button", { name: "Set an alert on ROW", exact: true })
      .click();
    await desk.alerts.waitFor();
    assert.deepEqual(await entered(), ["ROW", "one", "1234.5"]);
    // The price is selected: what is typed takes its place.
    await page.keyboard.type("1300");
    await page.keyboard.press("Enter");
    await desk.alertItems.filter({ hasText: "ROW at or above 1,300.00" }).waitFor();
    await page.keyboard.press("Escape");
    await desk.rows.nth(1).getByRole("button", { name: "Set another alert on ROW", exact: true })
      .waitFor();

    await desk.filter.press("ArrowDown");
    await page.keyboard.press("End");
    const symbol = page.getByRole("link", { name: "ROW2" });
    await waitFor("the row", () => symbol.evaluate((link) => link === document.activeElement));
    await page.keyboard.press("a");
    await desk.alerts.waitFor();
    assert.deepEqual(await entered(), ["ROW2", "", "0.00000012"]);
    await page.keyboard.press("Escape");
    await waitFor(
      "the focus back",
      () => symbol.evaluate((link) => link === document.activeElement),
    );
    await desk.open("alerts");
    assert.deepEqual(await entered(), ["", "", ""], "from the bar it begins empty");
  },
);
