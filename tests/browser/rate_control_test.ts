/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import * as v from "valibot";
import { chooseRadio } from "../support/radio.ts";
import { openBrowser } from "../support/browser.ts";
import { insertPrices } from "../support/dashboard.ts";
import { DeskPage } from "../support/desk_page.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const frameSchema = v.object({
  type: v.string(),
  conflated: v.optional(v.number()),
  max_rate_ms: v.optional(v.number()),
});

/** What the price feed's sockets of a page carried, counted by the browser itself. */
class FeedTraffic {
  sockets = 0;
  frames = 0;
  bytes = 0;
  updates = 0;
  conflated = 0;
  readonly ratesMs: number[] = [];

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      if (!socket.url().endsWith("/ws")) return;
      this.sockets += 1;
      socket.on("framereceived", ({ payload }) => this.#received(String(payload)));
      socket.on("framesent", ({ payload }) => {
        const { max_rate_ms: rateMs } = v.parse(frameSchema, JSON.parse(String(payload)));
        if (rateMs !== undefined) this.ratesMs.push(rateMs);
      });
    });
  }

  #received(text: string): void {
    const { type, conflated = 0 } = v.parse(frameSchema, JSON.parse(text));
    this.frames += 1;
    this.bytes += new TextEncoder().encode(text).length;
    if (type === "update") this.updates += 1;
    this.conflated += conflated;
  }
}

/** A figure of the panel's table: "in all". */
async function figure(desk: DeskPage, name: string): Promise<string> {
  const row = desk.connection.getByRole("row", { name });
  return await row.getByRole("cell").nth(1).innerText();
}

Deno.test({
  name:
    "The user's update rate conflates at once, without a reconnect, is shown as it is, and kept",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using database = await testDatabase();
    await insertPrices(database.url, [{ symbol: "A", price: 1 }]);
    await using server = await startServer({
      databaseUrl: database.url,
      env: { FEED_MODE: "listen" },
    });
    await using browser = await openBrowser();
    const page = await browser.open("about:blank", { locale: "de-DE" });
    const traffic = new FeedTraffic(page);
    await page.goto(server.url);
    const desk = new DeskPage(page);
    await desk.live();
    assert.deepEqual(traffic.ratesMs, [0]);
    await desk.open("connection");
    await chooseRadio(desk.connection.getByRole("radio", { name: "1 a second" }));
    await waitFor("the new rate", () => traffic.ratesMs.at(-1) === 1000);
    for (let price = 2; price <= 30; price += 1) {
      await insertPrices(database.url, [{ symbol: "A", price }]);
    }
    await desk.shows("A", "30,00");
    assert.ok(traffic.conflated > 0, "prices were left out");
    assert.ok(traffic.updates < 20, `${traffic.updates} updates for 29 prices`);
    const whole = new Intl.NumberFormat("de-DE", { maximumFractionDigits: 0 });
    const short = new Intl.NumberFormat("de-DE", {
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    });
    await waitFor("the figures to be the browser's own", async () => {
      return await figure(desk, "Left out for newer ones") === whole.format(traffic.conflated) &&
        await figure(desk, "Bytes received") === `${short.format(traffic.bytes / 1000)} kB`;
    });
    assert.equal(traffic.sockets, 1, "the connection went on");
    await page.getByRole("button", { name: /^Live 1 a second/ }).waitFor();
    await page.reload();
    await desk.live();
    assert.equal(traffic.ratesMs.at(-1), 1000);
    await desk.open("connection");
    assert.ok(await desk.connection.getByRole("radio", { name: "1 a second" }).isChecked());
  },
});
