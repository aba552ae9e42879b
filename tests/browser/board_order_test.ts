import assert from "node:assert/strict";
import { openBoard } from "../support/board_stage.ts";
import type { Dashboard } from "../support/dashboard.ts";
import { waitFor } from "../support/wait_for.ts";

const PRICES = [
  { symbol: "A", price: 30, source: "one" },
  { symbol: "B", price: 10, source: "two" },
  { symbol: "C", price: 20, source: "one" },
];

async function shows(dashboard: Dashboard, symbols: string): Promise<void> {
  let last = "";
  await waitFor(`the rows ${symbols}`, async () => {
    last = (await dashboard.symbols()).join("");
    return last === symbols;
  }).catch((error: unknown) => {
    throw new Error(`The board must show ${symbols}, shows ${last}`, { cause: error });
  });
}

Deno.test("Board sorts by a column's heading: ascending, descending, not at all; and remembers it", async () => {
  await using stage = await openBoard(PRICES);
  const { dashboard } = stage;
  const { page } = dashboard;
  await dashboard.showTable();
  const heading = page.getByRole("columnheader", { name: "Last" });
  for (
    const [state, symbols] of [["none", "ABC"], ["ascending", "BCA"], [
      "descending",
      "ACB",
    ]] as const
  ) {
    await shows(dashboard, symbols);
    assert.equal(await heading.getAttribute("aria-sort"), state);
    if (state !== "descending") await heading.getByRole("button").click();
  }
  await page.reload();
  await dashboard.rows.first().waitFor();
  await shows(dashboard, "ACB");
  await heading.getByRole("button").click();
  await shows(dashboard, "ABC");
});

Deno.test("Board moves no row while the pointer is above the rows", async () => {
  await using stage = await openBoard(PRICES);
  const { dashboard } = stage;
  const { page } = dashboard;
  await page.getByLabel("Sort by").selectOption("Last");
  await shows(dashboard, "BCA");
  await dashboard.card("C").hover();
  await stage.insert({ symbol: "B", price: 99, source: "two" });
  await waitFor("the price", async () => await dashboard.price("B").textContent() === "99.00");
  await page.getByText("order held while you point").waitFor();
  await shows(dashboard, "BCA");
  await page.mouse.move(1, 1);
  await shows(dashboard, "CAB");
});

Deno.test("Board shows one source alone", async () => {
  await using stage = await openBoard(PRICES);
  const { dashboard } = stage;
  await dashboard.page.getByLabel("Source", { exact: true }).selectOption("one");
  await shows(dashboard, "AC");
  await dashboard.page.getByText("2 of 3 prices").waitFor();
});

Deno.test("Board is searched by keyboard: slash leads there, arrows to the rows, Enter opens, Escape clears", async () => {
  await using stage = await openBoard([
    { symbol: "<img src=x>", price: 1 },
    { symbol: "AAPL", price: 1 },
    { symbol: "AMZN", price: 1 },
    { symbol: "MSFT", price: 1 },
  ]);
  const { dashboard } = stage;
  const { page } = dashboard;
  await page.keyboard.press("/");
  await page.keyboard.type("a");
  await shows(dashboard, "AAPLAMZN");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/#/symbol/AMZN");
  await page.goBack();
  await shows(dashboard, "AAPLAMZN");
  await page.keyboard.press("/");
  await page.keyboard.type("img");
  await shows(dashboard, "<img src=x>");
  await page.keyboard.press("Escape");
  await shows(dashboard, "<img src=x>AAPLAMZNMSFT");
  await page.keyboard.type("msf");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/#/symbol/MSFT");
  assert.deepEqual(stage.browser.complaints, []);
});
