import assert from "node:assert/strict";
import { insertPrices } from "../support/dashboard.ts";
import { openTabbedBrowser } from "../support/browser_tabs.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const FIGURE = `document.querySelector(".card-figure")?.textContent`;

Deno.test("Dashboard draws nothing in a hidden tab, keeps the prices, and is right at once when shown", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen" },
  });
  await using browser = await openTabbedBrowser();
  const tab = await browser.open(`${server.url}/`);
  await waitFor("the price", async () => await tab.evaluate(FIGURE) === "200.00", 30_000);
  await browser.open("about:blank");
  await waitFor(
    "the tab to be hidden",
    () => tab.evaluate("document.visibilityState === 'hidden'"),
  );
  await tab.evaluate(`
    globalThis.changes = 0;
    globalThis.frames = 0;
    new MutationObserver((records) => changes += records.length).observe(
      document.body,
      { subtree: true, childList: true, characterData: true, attributes: true },
    );
    const request = requestAnimationFrame.bind(globalThis);
    globalThis.requestAnimationFrame = (callback) => (frames += 1, request(callback));
    document.addEventListener("visibilitychange", () => {
      const symbols = document.querySelector(".facts dd")?.textContent;
      globalThis.shownAtOnce = symbols + " " + document.querySelectorAll(".card").length + " " + ${FIGURE};
    });
  `);
  await insertPrices(database.url, [{ symbol: "AAPL", price: 201 }, { symbol: "MSFT", price: 5 }]);
  await insertPrices(database.url, [{ symbol: "AAPL", price: 202 }]);
  const beats = () => tab.received.filter((text) => text.includes('"heartbeat"')).length;
  await waitFor(
    "the page to have the price",
    () => tab.received.some((text) => /:202\b/.test(text)),
  );
  const before = beats();
  await waitFor("more heartbeats, and with them the clock", () => beats() >= before + 2);
  assert.equal(await tab.evaluate("changes"), 0, "no element was touched");
  assert.equal(await tab.evaluate("frames"), 0, "no frame was asked for");
  const putAway = `document.dispatchEvent(new Event("freeze")),
    document.querySelector("[role=status]").textContent`;
  assert.equal(await tab.evaluate(putAway), "Paused", "what is seen first when it comes back");
  await tab.show();
  await waitFor(
    "the tab to be shown",
    () => tab.evaluate("document.visibilityState === 'visible'"),
  );
  assert.equal(await tab.evaluate("shownAtOnce"), "2 2 202.00", "the new symbol as well");
});
