import assert from "node:assert/strict";
import { openBrowser } from "../support/browser.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

// workshop_echo.html is the WebSocket workshop's "Test HTML Client", byte for byte but for its URL, which
// the test puts in: the workshop's echo server had a port of its own, here it has a path.
const PAGE = new URL("workshop_echo.html", import.meta.url);
const WORKSHOP_URL = "ws://127.0.0.1:8080";

Deno.test("The workshop's echo page gets its messages back, opened as a file", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const html = await Deno.readTextFile(PAGE);
  assert.ok(html.includes(`'${WORKSHOP_URL}'`));
  const file = await Deno.makeTempFile({ suffix: ".html" });
  try {
    await Deno.writeTextFile(file, html.replace(WORKSHOP_URL, `${server.socketUrl}/echo`));
    await using browser = await openBrowser();
    const page = await browser.open(new URL(`file://${file}`).href);
    const output = () => page.locator("#output p").allTextContents();
    await waitFor("the connection", async () => (await output())[0] === "Connected!");
    await waitFor("the welcome", async () => (await output()).length === 2);
    await page.locator("#message").fill("hello from the workshop");
    await page.locator("button").click();
    await waitFor(
      "the echo",
      async () => (await output())[2] === "Received: hello from the workshop",
    );
    assert.deepEqual(browser.complaints, []);
  } finally {
    await Deno.remove(file);
  }
});
