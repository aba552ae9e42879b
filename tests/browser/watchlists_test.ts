import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { Dashboard } from "../support/dashboard.ts";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const PRICES = ["=AAA", "BBB", "CCC"].map((symbol) => ({ symbol, price: 5 }));
const stage = sharedStage(PRICES);

async function tabs(page: Page): Promise<string[]> {
  return await page.getByRole("navigation", { name: "Watchlists" }).getByRole("listitem")
    .allTextContents();
}

async function edit(page: Page) {
  await page.getByRole("button", { name: "Edit lists…" }).click();
  return page.getByRole("dialog", { name: "Watchlists" });
}

sharedTest(
  "Watchlists are made by a star, named, ordered, removed and brought back, and outlast the page",
  async () => {
    const dashboard = await stage().open();
    const { page } = dashboard;
    await dashboard.card("BBB").getByRole("button", { name: "Watch BBB" }).click();
    await waitFor("the first list", async () => (await tabs(page)).includes("Watchlist"));
    const dialog = await edit(page);
    await dialog.getByLabel("Name of Watchlist").fill("Mine");
    await dialog.getByLabel("Name of a new list").fill("Other");
    await dialog.getByRole("button", { name: "Add" }).click();
    await dialog.getByRole("button", { name: "Move Other up" }).click();
    assert.deepEqual(await tabs(page), ["All prices", "Other", "Mine"]);
    await dialog.getByText("0 symbols").click();
    await dialog.getByLabel("Symbols of Other, one a line").fill("CCC\nBBB\nnot yet");
    await dialog.getByRole("button", { name: "Remove Mine" }).click();
    assert.deepEqual(await tabs(page), ["All prices", "Other"]);
    await dialog.getByRole("button", { name: "Undo" }).click();
    await dialog.getByRole("button", { name: "Done" }).click();
    assert.deepEqual(await tabs(page), ["All prices", "Other", "Mine"]);
    assert.deepEqual(await dashboard.symbols(), ["CCC", "BBB"], "the list's own order");
    await page.reload();
    await dashboard.cards.first().waitFor();
    assert.deepEqual(await tabs(page), ["All prices", "Other", "Mine"]);
    assert.deepEqual(await dashboard.symbols(), ["CCC", "BBB"]);
    await page.getByRole("button", { name: "All prices" }).click();
    await waitFor("all prices", async () => await dashboard.cards.count() === 3);
    assert.deepEqual(stage().browser.complaints, []);
  },
);

sharedTest("Watchlists go to another browser as CSV", async () => {
  const dashboard = await stage().open();
  const { page } = dashboard;
  await dashboard.card("=AAA").getByRole("button", { name: "Watch =AAA" }).click();
  await dashboard.card("CCC").getByRole("button", { name: "Watch CCC" }).click();
  const dialog = await edit(page);
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export CSV" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "watchlists.csv");
  const path = await file.path();
  assert.equal(
    await Deno.readTextFile(path),
    `watchlist,symbol\r\nWatchlist,"'=AAA"\r\nWatchlist,CCC\r\n`,
  );
  const other = await stage().browser.open(stage().server.url);
  await new Dashboard(other).cards.first().waitFor();
  const otherDialog = await edit(other);
  await otherDialog.getByLabel("Import CSV").setInputFiles({
    name: "from a colleague.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(await Deno.readFile(path)),
  });
  await otherDialog.getByText("from a colleague.csv: 2 new symbols, 1 list.").waitFor();
  await otherDialog.getByRole("button", { name: "Done" }).click();
  await other.getByRole("button", { name: "Watchlist", exact: true }).click();
  await waitFor(
    "the list",
    async () => (await new Dashboard(other).symbols()).join() === "=AAA,CCC",
  );
  assert.deepEqual(stage().browser.complaints, []);
});

sharedTest("Watchlists that the browser cannot read do not stop the page", async () => {
  const dashboard = await stage().open();
  const { page } = dashboard;
  await page.evaluate(`
    localStorage.setItem("quotewire.watchlists", "{broken");
    localStorage.setItem("quotewire.board", "7");
  `);
  await page.reload();
  await page.getByText("The watchlists in this browser cannot be read.").first().waitFor();
  assert.equal(await dashboard.cards.count(), 3);
  assert.deepEqual(stage().browser.complaints, []);
});
