/// <reference lib="dom" />
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { authStage, DESK_TOKEN } from "../support/auth_stage.ts";
import type { TestBrowser } from "../support/browser.ts";
import { insertPrices } from "../support/dashboard.ts";
import type { TestServer } from "../support/server.ts";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

interface Stage {
  readonly page: Page;
  readonly server: TestServer;
  readonly browser: TestBrowser;
  readonly databaseUrl: string;
}

const shared = sharedStage();

function test(name: string, run: (stage: Stage) => Promise<void>): void {
  sharedTest(name, async () => {
    const { browser, database, server } = shared();
    const page = await browser.open(`${server.url}/test_client.html`);
    await run({ page, server, browser, databaseUrl: database.url });
  });
}

async function connect(page: Page, endpoint: string): Promise<void> {
  await page.getByLabel("Endpoint").selectOption(endpoint);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("status").getByText(/^Connected/).waitFor();
}

async function sendText(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send text" }).click();
}

/** The cells of all rows, newest first. */
async function rows(page: Page): Promise<string[][]> {
  return await page.locator("tbody tr").evaluateAll((found) =>
    found.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent))
  );
}

test("Test client sends text and files to the echo, and measures the round trip", async ({ page, browser }) => {
  await connect(page, "Echo");
  await sendText(page, "zwölf");
  await waitFor("welcome, text and echo", async () => (await rows(page)).length === 3);
  const [echo = [], sent = [], welcome = []] = await rows(page);
  assert.deepEqual([echo[0], echo[2], echo[3], echo[5]], ["↓ received", "text", "6 B", "zwölf"]);
  assert.match(String(echo[4]), /^\d+\.\d ms$/);
  assert.deepEqual([sent[0], sent[4]], ["↑ sent", "–"]);
  assert.deepEqual([welcome[0], welcome[4]], ["↓ received", "–"]);
  await page.getByLabel("Send file").setInputFiles({
    name: "bytes.bin",
    mimeType: "application/octet-stream",
    buffer: Buffer.from([0, 10, 255]),
  });
  await waitFor("the file and its echo", async () => (await rows(page)).length === 5);
  const [binary = []] = await rows(page);
  assert.deepEqual([binary[2], binary[3], binary[5]], ["binary", "3 B", "00 0a ff"]);
  assert.match(String(binary[4]), / ms$/);
  assert.deepEqual(browser.complaints, []);
});

test("Test client shows what it receives as text, whatever it contains", async ({ page, browser }) => {
  const hostile = '<img src=x onerror="alert(1)"><b>bold</b>';
  await connect(page, "Echo");
  await sendText(page, hostile);
  await waitFor("the echo", async () => (await rows(page)).length === 3);
  assert.equal((await rows(page))[0]?.at(-1), hostile);
  assert.equal(await page.locator("tbody img, tbody b").count(), 0);
  assert.deepEqual(browser.complaints, []);
});

test("Test client speaks with every endpoint that it offers", async ({ page, browser, databaseUrl }) => {
  await insertPrices(databaseUrl, [{ symbol: "AAPL", price: 200 }]);
  const expected: [string, RegExp][] = [
    ["Topic stream", /^\{"topic":"prices".*AAPL/],
    ["Price feed, v1", /^\{"type":"hello"/],
    ["Price feed, classic", /^\{"symbol":"AAPL"/],
    ["Price feed, classic, at the root", /^\{"symbol":"AAPL"/],
  ];
  for (const [endpoint, pattern] of expected) {
    await connect(page, endpoint);
    await waitFor(
      `${endpoint} to answer`,
      async () => (await rows(page)).some((row) => pattern.test(row.at(-1) ?? "")),
    );
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("status").getByText("Closed with 1000").waitFor();
  }
  assert.deepEqual(browser.complaints, []);
});

test("Test client subscribes to the price feed with its sample", async ({ page }) => {
  await connect(page, "Price feed, v1");
  await page.getByRole("textbox", { name: "Message" }).press("Control+Enter");
  await waitFor(
    "the snapshot",
    async () => (await rows(page)).some((row) => row.at(-1)?.startsWith('{"type":"snapshot"')),
  );
});

test("Test client keeps the newest 500 messages and counts all", async ({ page }) => {
  await connect(page, "Echo");
  await page.getByRole("button", { name: "Send text" }).evaluate((button: HTMLElement) => {
    for (let n = 0; n < 260; n++) button.click();
  });
  await waitFor("all of them", async () => (await facts(page, "Received")).startsWith("261 "));
  await waitFor("the bound", async () => (await rows(page)).length === 500);
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal((await rows(page)).length, 0);
  assert.match(await facts(page, "Received"), /^0 /);
});

async function facts(page: Page, name: string): Promise<string> {
  return await page.locator(".facts div").filter({ hasText: name }).locator("dd").innerText();
}

test("Test client says why a connection ended, and connects again", async ({ page, server }) => {
  await connect(page, "Echo");
  await sendText(page, "x".repeat(70_000));
  await page.getByRole("status").getByText("Closed with 1009: message too big").waitFor();
  await connect(page, "Echo");
  await server.stop();
  await page.getByRole("status").getByText(/^Closed with 1001/).waitFor();
  await server.restart();
});

test("Test client takes a typed address on its own server, and no other", async ({ page }) => {
  await page.getByLabel("Address").fill("ws://elsewhere.example/echo");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("alert").getByText(/must be on 127\.0\.0\.1:\d+/).waitFor();
  await page.getByLabel("Address").fill("/events?topics=stats");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await waitFor(
    "the topic",
    async () => (await rows(page)).some((row) => row.at(-1)?.startsWith('{"topic":"stats"')),
  );
});

test("Test client says that an address is refused", async ({ page }) => {
  await page.getByLabel("Address").fill("/events?topics=orders");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("status").getByText("The server refused the connection").waitFor();
});

sharedTest("Test client shows a token to a server that asks for one", async () => {
  await using stage = await authStage();
  const page = await shared().browser.open(`${stage.server.url}/test_client.html`);
  await page.getByLabel("Token").fill("wrong-token-0123456789");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("alert").getByText("does not take this token").waitFor();
  await page.getByLabel("Token").fill(DESK_TOKEN);
  for (const endpoint of ["Echo", "Topic stream", "Price feed, v1, compressed"]) {
    await connect(page, endpoint);
    await waitFor("something to be received", async () => (await rows(page)).length > 0);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("status").getByText("Closed with 1000").waitFor();
  }
});
