/// <reference lib="dom" />
import assert from "node:assert/strict";
import { manyPrices, sharedStage, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const COUNT = 2000;
const stage = sharedStage(manyPrices(COUNT));

sharedTest(
  "Board has only the rows in view in the document, and tells how many there are",
  async () => {
    const dashboard = await stage().open();
    const { page } = dashboard;
    await page.getByText("2000 prices").waitFor();
    assert.ok(await dashboard.cards.count() < 60, "cards");
    assert.equal(await dashboard.cards.first().getAttribute("aria-setsize"), String(COUNT));
    await dashboard.showTable();
    const grid = page.getByRole("grid", { name: "Prices" });
    assert.equal(await grid.getAttribute("aria-rowcount"), String(COUNT + 1));
    assert.ok(await dashboard.rows.count() < 60, "rows");
    await page.locator("#board-rows").evaluate((box) => box.scrollTop = box.scrollHeight);
    await dashboard.page.getByRole("link", { name: "S1999" }).waitFor();
    assert.ok(await dashboard.rows.count() < 60, "rows at the end");
    assert.equal(await dashboard.rows.last().getAttribute("aria-rowindex"), String(COUNT + 1));
    assert.deepEqual(await dashboard.symbols(), (await dashboard.symbols()).toSorted());
    assert.deepEqual(stage().browser.complaints, []);
  },
);

sharedTest(
  "Board goes through 2,000 rows by keyboard, and keeps the row with the focus",
  async () => {
    const dashboard = await stage().open();
    const { page } = dashboard;
    await dashboard.showTable();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await dashboard.filter.press("ArrowDown");
    await waitFor("the first row", async () => await focused() === "S0000");
    await page.keyboard.press("ArrowDown");
    await waitFor("the second row", async () => await focused() === "S0001");
    await page.keyboard.press("End");
    await waitFor("the last row", async () => await focused() === "S1999");
    await page.locator("#board-rows").evaluate((box) => box.scrollTop = 0);
    await page.getByRole("link", { name: "S0000" }).waitFor();
    assert.equal(await focused(), "S1999", "the focus is where it was");
    assert.equal(await dashboard.rows.last().getAttribute("aria-rowindex"), String(COUNT + 1));
    await page.keyboard.press("Home");
    await waitFor("the first row again", async () => await focused() === "S0000");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await focused(), "S0000");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/#/symbol/S0000");
  },
);

sharedTest("Board lets Tab pass by all rows but one", async () => {
  const dashboard = await stage().open();
  const stops = dashboard.page.locator("#board-rows :is(a, button)[tabindex='0']");
  assert.equal(await stops.count(), 4, "symbol, star, alert and talk of one row");
});

sharedTest(
  "Board touches each cell at most once a frame, and none that did not change",
  async () => {
    const dashboard = await stage().open();
    await dashboard.showTable();
    const seen = await dashboard.page.evaluateHandle(() => {
      const seen = { twice: 0, outside: 0, touches: 0, rows: new Set<string>() };
      const names = new Map<Node, number>();
      const rowOf = (target: Node) =>
        (target instanceof Element ? target : target.parentElement)?.closest("[data-row]");
      const count = (records: readonly MutationRecord[]) => {
        const inFrame = new Set<string>();
        for (const { target, type, attributeName } of records) {
          const row = rowOf(target);
          if (row?.querySelector(".col-age")?.contains(target)) continue;
          if (!names.has(target)) names.set(target, names.size);
          const name = `${names.get(target)} ${type} ${attributeName}`;
          if (inFrame.has(name)) seen.twice += 1;
          inFrame.add(name);
          seen.touches += 1;
          seen.rows.add(row?.querySelector("a")?.textContent ?? "none");
        }
      };
      // What a frame's work did not do itself is told to the observer.
      const observer = new MutationObserver((records) => seen.outside += records.length);
      const request = requestAnimationFrame.bind(globalThis);
      globalThis.requestAnimationFrame = (work) =>
        request((timeMs) => {
          seen.outside += observer.takeRecords().length;
          work(timeMs);
          count(observer.takeRecords());
        });
      const body = document.querySelector(".table-body");
      if (body === null) throw new Error("Cannot observe the table: must exist, does not");
      const what = { subtree: true, childList: true, characterData: true, attributes: true };
      observer.observe(body, what);
      return seen;
    });
    // Many prices of two rows in view, one of them falling, and of one that is not.
    for (let step = 1; step <= 40; step++) {
      await stage().insert(
        { symbol: "S0001", price: 200 + step },
        { symbol: "S0003", price: 90 - step },
        { symbol: "S1500", price: 300 + step },
      );
    }
    const last = dashboard.rows.nth(1).locator("[data-cell=last]");
    await waitFor("the last price", async () => await last.textContent() === "240.00");
    const { rows, touches, ...faults } = await seen.evaluate((found) => ({
      ...found,
      rows: [...found.rows].sort(),
    }));
    assert.deepEqual(faults, { twice: 0, outside: 0 });
    assert.ok(touches > 0);
    assert.deepEqual(rows, ["S0001", "S0003"]);
  },
);
