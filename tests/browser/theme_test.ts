/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { chooseRadio } from "../support/radio.ts";
import { openBrowser } from "../support/browser.ts";
import { DeskPage } from "../support/desk_page.ts";
import { serverTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const DARK = "rgb(10, 13, 18)";
const LIGHT = "rgb(244, 246, 249)";

async function ground(page: Page): Promise<string> {
  return await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
}

serverTest(
  "Dashboard wears the system's theme or the one chosen, keeps it, and draws in no other",
  async ({ server }) => {
    await using browser = await openBrowser();
    const page = await browser.open(server.url, { colorScheme: "light" });
    const desk = new DeskPage(page);
    await desk.live();
    assert.equal(await ground(page), LIGHT);
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await ground(page), DARK);
    await page.emulateMedia({ colorScheme: "light" });
    await desk.open("settings");
    await chooseRadio(desk.settings.getByRole("radio", { name: "Dark" }));
    assert.equal(await ground(page), DARK);
    const frame = page.locator('meta[name="theme-color"]').first();
    assert.equal(await frame.getAttribute("content"), "rgb(18, 23, 31)");
    const other = await page.context().newPage();
    // Of everything that this page is drawn in from its first frame on.
    await other.addInitScript(() => {
      const seen = new Set<string>();
      Object.assign(globalThis, { grounds: seen });
      const look = () => {
        if (document.readyState !== "loading" || document.body !== null) {
          seen.add(getComputedStyle(document.documentElement).backgroundColor);
        }
        requestAnimationFrame(look);
      };
      look();
    });
    await other.goto(server.url);
    await new DeskPage(other).live();
    const grounds = await other.evaluate((): unknown => [...Reflect.get(globalThis, "grounds")]);
    assert.deepEqual(grounds, [DARK]);
    await chooseRadio(desk.settings.getByRole("radio", { name: "As the system" }));
    await waitFor("the other tab to follow", async () => await ground(other) === LIGHT);
    assert.deepEqual(browser.complaints, []);
  },
);
