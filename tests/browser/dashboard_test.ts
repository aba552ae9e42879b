/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const stage = sharedStage();
const HOSTILE = ["<img src=x onerror=alert(1)>", "<b>x</b>&amp;", "{{7*7}}", "\u202eLPAA"];
const DAY_SECONDS = 86_400;

sharedTest(
  "Dashboard says what to do while there are no prices, then shows the newest of each symbol and source, sorted, as text",
  async () => {
    const desk = await stage().open();
    const { page } = desk;
    page.on("dialog", (dialog) => assert.fail(`A symbol opened a dialog: ${dialog.message()}`));
    const heading = page.getByRole("heading", { name: "No prices yet" });
    await heading.waitFor();
    await page.getByText("deno task aggregator").waitFor();
    await stage().insert(
      { symbol: "MSFT", price: 400, timestamp: 1000 },
      { symbol: "MSFT", price: 401.5, timestamp: 2000 },
      { symbol: "AAPL", price: 1234.5, source: "two" },
      { symbol: "AAPL", price: 0.000_123, source: "one" },
      ...HOSTILE.map((symbol) => ({ symbol, price: 5 })),
    );
    await waitFor("all prices", async () => await desk.cards.count() === 3 + HOSTILE.length);
    assert.equal(await heading.count(), 0);
    const cards = await desk.cards.evaluateAll((all) =>
      all.map((card) =>
        [".card-symbol", ".card-source", ".card-figure"].map((part) =>
          card.querySelector(part)?.textContent
        )
      )
    );
    assert.deepEqual(cards, [
      ["<b>x</b>&amp;", "test", "5.00"],
      ["<img src=x onerror=alert(1)>", "test", "5.00"],
      ["AAPL", "one", "0.000123"],
      ["AAPL", "two", "1,234.50"],
      ["MSFT", "test", "401.50"],
      ["{{7*7}}", "test", "5.00"],
      ["\u202eLPAA", "test", "5.00"],
    ]);
    assert.equal(await page.locator(".card img, .card b").count(), 0);
    assert.deepEqual(stage().browser.complaints, []);
  },
);

sharedTest(
  "Dashboard shows a change at once: its direction, the change of the day, the trend, a flash but for those who asked for less motion",
  async () => {
    await stage().insert({ symbol: "MOVED", price: 200 });
    const desk = await stage().open();
    const card = desk.card("MOVED");
    await desk.shows("MOVED", "200.00");
    await stage().insert({ symbol: "MOVED", price: 203 });
    await shows(desk.price("MOVED"), "203.00");
    await shows(card.locator(".tick"), "▲");
    await shows(card.locator(".card-change"), "▲up today: +3.00 +1.50%");
    const animation = () =>
      card.locator(".card-price").evaluate((element) =>
        getComputedStyle(element, "::before").animationName
      );
    assert.match(await animation(), /^flash/);
    await desk.page.emulateMedia({ reducedMotion: "reduce" });
    assert.equal(await animation(), "none");
    await stage().insert({ symbol: "MOVED", price: 199 });
    await shows(desk.price("MOVED"), "199.00");
    await shows(card.locator(".tick"), "▼");
    await shows(card.locator(".card-change"), "▼down today: -1.00 -0.50%");
    const course = await card.getByRole("img").getAttribute("aria-label");
    assert.equal(course, "Last 3 prices, from 200.00 to 199.00");
  },
);

sharedTest("Dashboard shows no price of another day as one of today", async () => {
  // The hour alone stood there, as if it were today's, and the change was read out as today's.
  const timestamp = Math.floor(Date.now() / 1000) - 3 * DAY_SECONDS;
  await stage().insert({ symbol: "PAST", price: 7, timestamp });
  const desk = await stage().open();
  const card = desk.card("PAST");
  await shows(card.locator("[data-cell=spoken]"), "unchanged on its day:");
  await shows(card.locator("[data-cell=age]"), "3d ago");
  const written = new Date(timestamp * 1000).toLocaleDateString("en-US", { dateStyle: "medium" });
  const time = await card.locator("[data-cell=time]").textContent();
  assert.ok(time?.startsWith(written), `${time} must begin with ${written}`);
  await stage().insert({ symbol: "PAST", price: 8 });
  await shows(card.locator("[data-cell=spoken]"), "unchanged today:");
});

async function shows(element: Locator, text: string): Promise<void> {
  let last: string | null = null;
  await waitFor(`the page to show ${text}`, async () => {
    last = await element.textContent();
    return last === text;
  }).catch((error: unknown) => {
    throw new Error(`Cannot find "${text}" on the page: it shows "${last}"`, { cause: error });
  });
}
