import assert from "node:assert/strict";
import { openBrowser } from "../support/browser.ts";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

// workshop_dashboard.html is the WebSocket workshop's "Production Dashboard HTML", byte for byte. It is
// opened as a file and connects to ws://127.0.0.1:8080, so the browser is told to find the test's own
// server there: nothing of the page has to change, and port 8080 may be in use.
const PAGE = new URL("workshop_dashboard.html", import.meta.url);

Deno.test("The workshop's dashboard page shows live prices, unmodified and opened as a file", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 150.25, source: "finnhub" }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen" },
  });
  await using browser = await openBrowser([
    `--host-resolver-rules=MAP 127.0.0.1:8080 127.0.0.1:${server.port}`,
  ]);
  const page = await browser.open(PAGE.href);
  const prices = () => page.locator(".stock-card .price").allTextContents();
  await waitFor("the first price", async () => (await prices())[0] === "$150.25");
  assert.equal(await page.locator("#status").textContent(), "🟢 Connected");
  await insertPrices(database.url, [
    { symbol: "AAPL", price: 151, source: "finnhub" },
    { symbol: "MSFT", price: 300, source: "finnhub" },
  ]);
  await waitFor("the changes", async () => (await prices()).join() === "$151.00,$300.00");
  assert.deepEqual(browser.complaints, []);
});
