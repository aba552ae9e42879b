/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { authStage } from "../support/auth_stage.ts";
import { axeFaults } from "../support/axe.ts";
import { ChatPage } from "../support/chat_page.ts";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const stage = sharedStage([
  { symbol: "UP", price: 100 },
  { symbol: "UP", price: 101 },
  { symbol: "DOWN", price: 100 },
  { symbol: "DOWN", price: 99 },
  { symbol: "FLAT", price: 100 },
]);

/** What has the focus: its name, or its text. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = document.activeElement;
    const labelled = element?.getAttribute("aria-labelledby");
    const label = labelled === null || labelled === undefined
      ? element?.getAttribute("aria-label")
      : document.getElementById(labelled)?.textContent;
    return label ?? (element instanceof HTMLElement ? element.innerText.trim() : "");
  });
}

async function focusIsOn(page: Page, id: string): Promise<void> {
  await waitFor(
    `the focus on ${id}`,
    async () => await page.evaluate(() => document.activeElement?.id) === id,
  );
}

for (const colorScheme of ["light", "dark"] as const) {
  sharedTest(
    `Dashboard and its panels have no fault that axe finds, in the ${colorScheme} theme`,
    async () => {
      const desk = await stage().open({ colorScheme, reducedMotion: "reduce" });
      const { page } = desk;
      await desk.cards.first().waitFor();
      const faults: Record<string, string[]> = { board: await axeFaults(page) };
      await desk.showTable();
      faults["table"] = await axeFaults(page);
      await desk.open("connection");
      faults["connection"] = await axeFaults(page);
      await page.keyboard.press("Escape");
      await desk.open("alerts");
      await desk.setAlert("UP", "above", "100");
      await desk.setAlert("UP", "up", "50", "open");
      await desk.setAlert("UP", "up", "", "open");
      await desk.setAlert("UP", "up", "x", "open");
      await desk.fired(1);
      faults["alerts"] = await axeFaults(page);
      await page.keyboard.press("Escape");
      await desk.open("settings");
      faults["settings"] = await axeFaults(page);
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      faults["shortcuts"] = await axeFaults(page);
      await page.keyboard.press("Escape");
      const chat = new ChatPage(page);
      await chat.join(`Ada-${colorScheme}`);
      await chat.say("hello");
      await chat.lines.first().waitFor();
      faults["chat"] = await axeFaults(page);
      await page.keyboard.press("Escape");
      await stage().server.kill();
      await desk.banner.waitFor();
      faults["stale"] = await axeFaults(page);
      await stage().server.restart();
      const found = Object.entries(faults).flatMap(([part, all]) =>
        all.map((fault) => `${part}: ${fault}`)
      );
      assert.deepEqual(found, []);
    },
  );
}

sharedTest("The sign-in has no fault that axe finds, in either theme", async () => {
  await using guarded = await authStage();
  const page = await stage().browser.open(guarded.server.url, { colorScheme: "light" });
  await page.getByRole("region", { name: "Sign in" }).waitFor();
  await page.getByLabel("Token", { exact: true }).fill("wrong-token-0123456789");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  const light = await axeFaults(page);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.deepEqual([...light, ...await axeFaults(page)], []);
});

sharedTest("Dashboard can be used by keyboard alone, and gives the focus back", async () => {
  const desk = await stage().open();
  const { page } = desk;
  const { keyboard } = page;
  await keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the prices");
  await keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  assert.equal(new URL(page.url()).hash, "", "the fragment belongs to the views");

  await keyboard.press("a");
  await focusIsOn(page, "alerts");
  // Past the close button to the first field.
  for (const text of ["", "UP", "", "", "150"]) {
    await keyboard.press("Tab");
    if (text !== "") await keyboard.type(text);
  }
  await keyboard.press("Enter");
  await desk.alertItems.filter({ hasText: "UP at or above 150.00" }).waitFor();
  await keyboard.press("Escape");
  assert.equal(await desk.alerts.isVisible(), false);
  await focusIsOn(page, "alerts-button");

  await keyboard.press("d");
  await waitFor("the focus", async () => await focused(page) === "Connection");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("ArrowRight");
  assert.ok(await desk.connection.getByRole("radio", { name: "4 a second" }).isChecked());
  await keyboard.press("Escape");
  await focusIsOn(page, "connection-button");

  await keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await keyboard.press("Escape");
  await focusIsOn(page, "connection-button");

  await keyboard.press("s");
  await desk.notices.getByText(
    "Live. Of 3 prices 1 are up today, 1 down, 1 unchanged. " +
      "Furthest up: UP, +1.00% at 101.00. Furthest down: DOWN, -1.00% at 99.00.",
  ).waitFor();

  await keyboard.press("/");
  await keyboard.type("ac?");
  assert.equal(await desk.filter.inputValue(), "ac?", "keys are text where text is written");
});
