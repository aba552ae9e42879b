/// <reference lib="dom" />
import assert from "node:assert/strict";
import { DEFLATE_KINDS } from "../../src/session/deflate_kinds.ts";
import { openBrowser } from "../support/browser.ts";
import { Dashboard, insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

/** The browser takes this name for the server's, which is then not on "this machine". */
const HOST = "quotewire.test";

Deno.test("Dashboard shows live prices that come compressed from another machine", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", ALLOWED_HOSTS: HOST },
  });
  await using browser = await openBrowser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`]);
  const page = await browser.open("about:blank");
  const kinds = new Set<number | string>();
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/ws")) return;
    socket.on("framereceived", ({ payload }) => {
      kinds.add(typeof payload === "string" ? "text" : payload[0] ?? "empty");
    });
  });
  await page.goto(`http://${HOST}:${server.port}/`);
  const dashboard = new Dashboard(page);
  const shows = (text: string) =>
    waitFor(
      `the price ${text}`,
      async () => (await dashboard.price("AAPL").allTextContents())[0] === text,
    );
  await shows("200.00");
  // Each piece of the stream is shown before there is a next one to push it out.
  for (const price of [203, 204, 205]) {
    await insertPrices(database.url, [{ symbol: "AAPL", price }]);
    await shows(`${price}.00`);
  }
  const { alone, piece, first } = DEFLATE_KINDS;
  assert.deepEqual(kinds, new Set([alone, first, piece]));
  // What a browser says of any page that another machine serves without TLS.
  const complaints = browser.complaints.filter((text) => !/Cross-Origin-Opener-Policy/.test(text));
  assert.deepEqual(complaints, []);
});

Deno.test("Test client shows what is in compressed frames", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen" },
  });
  await using browser = await openBrowser();
  const page = await browser.open(`${server.url}/test_client.html`);
  await page.getByLabel("Endpoint").selectOption("Price feed, v1, compressed");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  const hello = page.locator("tbody tr").filter({ hasText: '{"type":"hello"' });
  await hello.waitFor();
  assert.equal(await hello.locator("td").nth(2).textContent(), "binary");
  await page.getByRole("textbox", { name: "Message" }).fill(
    '{"type":"subscribe","id":1,"symbols":"*"}',
  );
  await page.getByRole("button", { name: "Send text" }).click();
  await page.locator("tbody tr").filter({ hasText: '{"type":"snapshot"' }).waitFor();
  for (const price of [203, 204, 205]) {
    await insertPrices(database.url, [{ symbol: "AAPL", price }]);
    const update = page.locator("tbody tr").filter({ hasText: `"price":${price}` });
    await update.filter({ hasText: '{"type":"update"' }).waitFor();
  }
  assert.deepEqual(browser.complaints, []);
});
