/// <reference lib="dom" />
import assert from "node:assert/strict";
import * as v from "valibot";
import { openBrowser } from "../support/browser.ts";
import { DeskPage } from "../support/desk_page.ts";
import { serverTest } from "../support/server_stage.ts";

const manifestSchema = v.object({
  name: v.string(),
  start_url: v.literal("/"),
  display: v.literal("standalone"),
  icons: v.array(v.object({ src: v.string(), sizes: v.string(), purpose: v.string() })),
});

serverTest(
  "Dashboard can be installed, from its own server alone and without a service worker",
  async ({ server }) => {
    await using browser = await openBrowser();
    const page = await browser.open("about:blank");
    const hosts = new Set<string>();
    page.context().on("request", (request) => hosts.add(new URL(request.url()).host));
    await page.goto(server.url);
    await new DeskPage(page).live();
    const inspector = await page.context().newCDPSession(page);
    const { errors, data } = await inspector.send("Page.getAppManifest");
    assert.deepEqual(errors, []);
    const manifest = v.parse(manifestSchema, JSON.parse(data ?? ""));
    const { installabilityErrors } = await inspector.send("Page.getInstallabilityErrors");
    // A window of a test is private, as far as Chromium is concerned, and those install nothing.
    const faults = installabilityErrors.map(({ errorId }) => errorId);
    assert.deepEqual(faults.filter((fault) => fault !== "in-incognito"), []);
    const sizes = await page.evaluate(async (icons) => {
      const sizeOf = async (src: string) => {
        const image = new Image();
        image.src = src;
        await image.decode();
        return `${image.naturalWidth}x${image.naturalHeight}`;
      };
      return await Promise.all(icons.map(async ({ src, sizes }) => [sizes, await sizeOf(src)]));
    }, manifest.icons.filter(({ sizes }) => sizes !== "any"));
    assert.deepEqual(sizes.map(([, drawn]) => drawn), sizes.map(([stated]) => stated));
    assert.deepEqual(sizes.map(([stated]) => stated), ["192x192", "512x512", "512x512"]);
    assert.ok(manifest.icons.some(({ purpose }) => purpose === "maskable"));
    const workers = await page.evaluate(async () =>
      (await navigator.serviceWorker.getRegistrations()).length
    );
    assert.equal(workers, 0);
    assert.deepEqual([...hosts], [new URL(server.url).host]);
    assert.deepEqual(browser.complaints, []);
  },
);
