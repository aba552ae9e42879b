/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { type AuthStage, authStage, DESK_TOKEN } from "../support/auth_stage.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { Dashboard, insertPrices } from "../support/dashboard.ts";
import { processTest } from "../support/server_stage.ts";
import { signToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait_for.ts";

function test(
  name: string,
  run: (stage: AuthStage, browser: TestBrowser) => Promise<void>,
): void {
  processTest(name, async () => {
    await using stage = await authStage();
    await using browser = await openBrowser();
    await run(stage, browser);
  });
}

/** The dashboard where it asks for a token. */
class GuardedDashboard extends Dashboard {
  readonly form = this.page.getByRole("region", { name: "Sign in" });
  readonly renewal = this.page.getByRole("complementary", { name: "Your token expires soon" });

  async enter(token: string, action = "Sign in"): Promise<void> {
    await this.page.getByLabel("Token", { exact: true }).fill(token);
    await this.page.getByRole("button", { name: action }).click();
  }

  /** Waits until it shows the prices of A, B and C. */
  async showsPrices(): Promise<void> {
    await this.cards.nth(2).waitFor();
    await waitFor("the page to be live", async () => await this.status.textContent() === "Live");
  }
}

async function kept(page: Page): Promise<string | null> {
  return await page.evaluate(() => sessionStorage.getItem("quotewire.token"));
}

async function connects({ ask }: AuthStage): Promise<number> {
  return (await (await ask("/api/stats", DESK_TOKEN)).json()).connects_total;
}

test(
  "Dashboard asks for a token, shows prices with it, keeps it for the tab and forgets it on request",
  async (stage, browser) => {
    const dashboard = new GuardedDashboard(await browser.open(stage.server.url));
    await dashboard.form.waitFor();
    assert.equal(await dashboard.cards.count(), 0);
    await dashboard.enter("wrong-token-0123456789");
    const problem = dashboard.form.getByRole("alert");
    await problem.waitFor();
    assert.equal(await problem.textContent(), "The server does not take this token.");
    await dashboard.enter(DESK_TOKEN);
    await dashboard.showsPrices();
    assert.ok(await dashboard.page.getByText("desk", { exact: true }).isVisible());
    await dashboard.page.reload();
    await dashboard.showsPrices();
    const other = new GuardedDashboard(await browser.open(stage.server.url));
    await other.form.waitFor();
    await dashboard.page.getByRole("button", { name: "Sign out" }).click();
    await dashboard.form.waitFor();
    assert.equal(await dashboard.cards.count(), 0);
    assert.equal(await kept(dashboard.page), null);
    assert.equal(new URL(dashboard.page.url()).search, "");
    // Each refusal is a line in the browser's console, and there is nothing else.
    assert.deepEqual(browser.complaints.filter((line) => !line.includes("401")), []);
  },
);

test("Dashboard renews with another token, and its connections go on", async (stage, browser) => {
  const dashboard = new GuardedDashboard(await browser.open(stage.server.url));
  // Honoured for 5 s longer, because clocks may differ.
  await dashboard.enter(await signToken({ expiresInS: 5 }));
  await dashboard.showsPrices();
  const before = await connects(stage);
  await dashboard.renewal.waitFor();
  const token = await signToken({ expiresInS: 9 });
  await dashboard.enter(token, "Stay signed in");
  await dashboard.renewal.waitFor({ state: "detached" });
  assert.equal(await kept(dashboard.page), token);
  // The second token is half over when the first is over for long: the page asks again.
  await dashboard.page.getByRole("complementary", { name: "Your token expires soon" })
    .waitFor({ timeout: 40_000 });
  await insertPrices(stage.database.url, [{ symbol: "A", price: 7 }]);
  await waitFor("the price", async () => await dashboard.price("A").textContent() === "7.00");
  assert.equal(await connects(stage), before);
});

test("Dashboard asks for a token again when the one it has is over", async (stage, browser) => {
  const dashboard = new GuardedDashboard(await browser.open(stage.server.url));
  await dashboard.enter(await signToken({ expiresInS: -1 }));
  await dashboard.showsPrices();
  await dashboard.form.waitFor();
  const why = await dashboard.form.getByRole("alert").textContent();
  assert.equal(why, "The server does not take this token any more.");
  assert.equal(await kept(dashboard.page), null);
  await dashboard.enter(await signToken({ symbols: ["B"] }));
  const symbols = () => dashboard.page.locator(".card-symbol").allTextContents();
  await waitFor("the one price that is allowed", async () => String(await symbols()) === "B");
});

test("Dashboard chats with the token that it signed in with", async (stage, browser) => {
  const dashboard = new GuardedDashboard(await browser.open(stage.server.url));
  const { page } = dashboard;
  await dashboard.form.waitFor();
  assert.equal(await page.getByRole("button", { name: "Chat" }).count(), 0);
  await dashboard.enter(DESK_TOKEN);
  await page.getByRole("button", { name: "Chat" }).click();
  await page.getByLabel("Your name").fill("ada");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("textbox", { name: "Message" }).fill("hello");
  await page.keyboard.press("Enter");
  await page.getByText("hello", { exact: true }).waitFor();
});
