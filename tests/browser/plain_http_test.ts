/// <reference lib="dom" />
import assert from "node:assert/strict";
import { openBrowser } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { insertPrices } from "../support/dashboard.ts";
import { DeskPage } from "../support/desk_page.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

// Over plain HTTP from another machine, browsers have no crypto.randomUUID, no locks and no notifications.
// The chat could not say anything there, because every message got such an id.
Deno.test({
  name: "Dashboard sets alerts and chats over plain HTTP from another machine",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using database = await testDatabase();
    await insertPrices(database.url, [{ symbol: "A", price: 90 }]);
    await using server = await startServer({
      databaseUrl: database.url,
      env: { FEED_MODE: "listen", ALLOWED_HOSTS: "desk.test" },
    });
    await using browser = await openBrowser(["--host-resolver-rules=MAP desk.test 127.0.0.1"]);
    const page = await browser.open(`http://desk.test:${server.port}`);
    assert.equal(await page.evaluate(() => isSecureContext), false);
    const desk = new DeskPage(page);
    await desk.live();
    await desk.open("alerts");
    await desk.alerts.getByText("This browser shows no notifications for this page").waitFor();
    await desk.setAlert("A", "above", "100");
    await insertPrices(database.url, [{ symbol: "A", price: 101 }]);
    await desk.fired(1);
    await page.keyboard.press("Escape");
    const chat = new ChatPage(page);
    await chat.join("Ada");
    await chat.say("hello");
    await chat.panel.getByText("hello", { exact: true }).waitFor();
    // Chromium says that it takes this header from safe origins alone.
    const faults = browser.complaints.filter((line) =>
      !line.includes("Cross-Origin-Opener-Policy")
    );
    assert.deepEqual(faults, []);
  },
});
