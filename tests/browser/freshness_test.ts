/// <reference lib="dom" />
import assert from "node:assert/strict";
import { DeskPage } from "../support/desk_page.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { startServer } from "../support/server.ts";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const SYMBOLS = ["A", "B", "C"];
const stage = sharedStage(SYMBOLS.map((symbol) => ({ symbol, price: 10 })));

/** Waits until the server itself knows a price. */
async function serves(url: string, price: number): Promise<void> {
  await waitFor("the server to know the price", async () => {
    return (await (await fetch(`${url}/api/prices`)).text()).includes(`"price":${price}`);
  });
}

sharedTest(
  "Dashboard says what had changed while its network was away, and keeps a log of it",
  async () => {
    const { server, browser } = stage();
    await using network = await FaultProxy.start(server.url);
    const desk = new DeskPage(await browser.open(network.url));
    await desk.live();
    network.refuse();
    await desk.banner.waitFor();
    assert.equal(await desk.page.locator(".is-old").count() > 0, true, "the prices are greyed");
    await stage().insert({ symbol: "A", price: 11 }, { symbol: "B", price: 12 });
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
  },
);

sharedTest(
  "Dashboard notices a silent server within seconds, and one that is gone, and says that a restarted one sent a fresh snapshot",
  async () => {
    const { server } = stage();
    const desk = await stage().open();
    const olds = desk.page.locator(".cards.is-old");
    Deno.kill(server.pid, "SIGSTOP");
    try {
      await desk.banner.waitFor({ timeout: 5000 });
    } finally {
      Deno.kill(server.pid, "SIGCONT");
    }
    await desk.live();
    await server.kill();
    await desk.says("Reconnecting");
    await desk.banner.waitFor();
    assert.match(await desk.banner.innerText(), /^Prices are not live\. Last confirmed at /);
    await waitFor(
      "the reason",
      async () => /Not connected: the server does not answer\./.test(await desk.banner.innerText()),
    );
    assert.equal(await olds.count(), 1);
    assert.match(await desk.page.title(), /^Reconnecting/);
    await stage().insert({ symbol: "C", price: 300 });
    await server.restart();
    await desk.notices.getByText(
      /^Back after [\d.]+ s with a fresh snapshot of 3 prices\. The server has restarted\.$/,
    ).waitFor({ timeout: 30_000 });
    await desk.live();
    await desk.shows("C", "300.00");
    assert.deepEqual([await desk.banner.count(), await olds.count()], [0, 0]);
  },
);

sharedTest(
  "Dashboard says within seconds that the feed is late, then down, while Postgres hangs",
  async () => {
    const { database, browser } = stage();
    await using cable = await FaultProxy.start(database.url);
    const env = { FEED_MODE: "listen" };
    await using server = await startServer({ databaseUrl: cable.url, env });
    const desk = new DeskPage(await browser.open(server.url));
    await desk.live();
    cable.mute();
    const late = desk.page.getByRole("complementary", { name: /^Prices are (late|not live)$/ });
    await late.waitFor();
    assert.match(await late.innerText(), /Last confirmed at /);
    await desk.says("Feed down");
    assert.match(await desk.banner.innerText(), /The server cannot reach its database\./);
    assert.equal(await desk.page.locator(".is-old").count() > 0, true);
    await cable.restore();
    await desk.live();
    await desk.notices.getByText(/^The feed is live again after /).waitFor();
  },
);

sharedTest("Dashboard shows nothing as live that a sleeping computer has left behind", async () => {
  const { server, browser } = stage();
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

sharedTest("Dashboard shows a page as paused before the browser puts it away", async () => {
  const desk = await stage().open();
  const { page } = desk;
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
