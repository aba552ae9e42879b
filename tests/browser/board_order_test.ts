import assert from "node:assert/strict";
import type { Dashboard } from "../support/dashboard.ts";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const NOW = Math.floor(Date.now() / 1000);
/** Half a minute ago, but today. */
const START = Math.max(NOW - 30, NOW - NOW % 86_400);
const PRICES = [
  ...priced("A", "one", 20, [20, 40, 30]),
  ...priced("B", "two", 0, [100, 110, 90, 95]),
  ...priced("C", "one", 10, [10, 5, 12]),
];
/** Each column with the order that it puts these prices in, and the opposite. */
const ORDERS = [
  ["Symbol", "ABC", "CBA"],
  ["Source", "ACB", "BAC"],
  ["Last", "CAB", "BAC"],
  ["Change", "BCA", "ACB"],
  ["Change %", "BCA", "ACB"],
  ["Open", "CAB", "BAC"],
  ["High", "CAB", "BAC"],
  ["Low", "CAB", "BAC"],
  ["Age", "ACB", "BCA"],
] as const;
const stage = sharedStage(PRICES);

async function shows(dashboard: Dashboard, symbols: string): Promise<void> {
  let last = "";
  await waitFor(`the rows ${symbols}`, async () => {
    last = (await dashboard.symbols()).join("");
    return last === symbols;
  }).catch((error: unknown) => {
    throw new Error(`The board must show ${symbols}, shows ${last}`, { cause: error });
  });
}

/** A symbol's prices of one second, in their order. */
function priced(symbol: string, source: string, afterSeconds: number, prices: number[]) {
  return prices.map((price) => ({ symbol, source, price, timestamp: START + afterSeconds }));
}

sharedTest(
  "Board sorts by every column: ascending, descending, not at all; and remembers it",
  async () => {
    const dashboard = await stage().open({ viewport: { width: 1440, height: 900 } });
    const { page } = dashboard;
    await dashboard.showTable();
    const heading = (name: string) => page.getByRole("columnheader", { name, exact: true });
    for (const [name, up, down] of ORDERS) {
      const column = heading(name);
      for (
        const [state, symbols] of [["ascending", up], ["descending", down], [
          "none",
          "ABC",
        ]] as const
      ) {
        await column.getByRole("button").click();
        assert.equal(await column.getAttribute("aria-sort"), state, name);
        await shows(dashboard, symbols);
      }
    }
    await heading("Last").getByRole("button").click();
    await shows(dashboard, "CAB");
    await page.reload();
    await dashboard.rows.first().waitFor();
    assert.equal(await heading("Last").getAttribute("aria-sort"), "ascending");
    await shows(dashboard, "CAB");
  },
);

sharedTest("Board moves no row while the pointer is above the rows", async () => {
  const dashboard = await stage().open();
  const { page } = dashboard;
  await page.getByLabel("Sort by").selectOption("Last");
  await shows(dashboard, "CAB");
  await dashboard.card("A").hover();
  await stage().insert({ symbol: "C", price: 99, source: "one", timestamp: START + 30 });
  await waitFor("the price", async () => await dashboard.price("C").textContent() === "99.00");
  await page.getByText("order held while you point").waitFor();
  await shows(dashboard, "CAB");
  await page.mouse.move(1, 1);
  await shows(dashboard, "ABC");
});

sharedTest("Board shows one source alone, and what contains the words typed", async () => {
  const dashboard = await stage().open();
  await dashboard.page.getByLabel("Source", { exact: true }).selectOption("one");
  await shows(dashboard, "AC");
  await dashboard.page.getByText("2 of 3 prices").waitFor();
  await dashboard.filter.fill("c on");
  await shows(dashboard, "C");
  await dashboard.filter.fill("zzz");
  await dashboard.page.getByRole("heading", { name: "Nothing matches “zzz”" }).waitFor();
  await dashboard.page.getByRole("button", { name: "Show all prices" }).click();
  await shows(dashboard, "ABC");
});

sharedTest(
  "Board is searched by keyboard: slash leads there, arrows to the rows, Enter opens, Escape clears",
  async () => {
    await stage().insert(
      { symbol: "<img src=x>", price: 1 },
      { symbol: "AAPL", price: 1 },
      { symbol: "AMZN", price: 1 },
      { symbol: "MSFT", price: 1 },
    );
    const dashboard = await stage().open();
    const { page } = dashboard;
    await page.keyboard.press("/");
    await page.keyboard.type("a te");
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
    await shows(dashboard, "<img src=x>AAAPLAMZNBCMSFT");
    await page.keyboard.type("msf");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/#/symbol/MSFT");
    assert.deepEqual(stage().browser.complaints, []);
  },
);
