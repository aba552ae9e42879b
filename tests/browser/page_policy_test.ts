/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { Dashboard, insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const LISTEN = { FEED_MODE: "listen" };
/** Names and texts that pages elsewhere have taken for something else than text; the last turns it around. */
const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "'-alert(1)-'",
  "javascript:alert(1)",
  "${alert(1)}{{7*7}}",
  "\u202eLPAA\u2066",
];

/** What a page asked for, and what the browser did not let it do. */
interface Watch {
  /** Hosts of all requests and WebSockets. */
  readonly hosts: ReadonlySet<string>;
  /** Directives that were violated, and anything that the console said of the policy. */
  violations(): Promise<string[]>;
}

async function watch(page: Page): Promise<Watch> {
  const hosts = new Set<string>();
  const said: string[] = [];
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  page.on("websocket", (socket) => hosts.add(new URL(socket.url()).host));
  page.on("dialog", (dialog) => said.push(`dialog: ${dialog.message()}`));
  page.on("console", (message) => {
    if (/content.security.policy|trusted|permissions.policy/i.test(message.text())) {
      said.push(message.text());
    }
  });
  await page.addInitScript(() => {
    const kept: string[] = [];
    Object.assign(globalThis, { policyViolations: kept });
    document.addEventListener(
      "securitypolicyviolation",
      (event) => kept.push(event.effectiveDirective),
    );
  });
  return {
    hosts,
    violations: async () => {
      const kept = await page.evaluate((): unknown => Reflect.get(globalThis, "policyViolations"));
      assert.ok(Array.isArray(kept), "the page was loaded after the watch began");
      return [...kept, ...said];
    },
  };
}

Deno.test("The dashboard keeps to its policy, and shows hostile prices and chat as text", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, HOSTILE.map((symbol) => ({ symbol, price: 5, source: symbol })));
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const page = await browser.open("about:blank");
  const seen = await watch(page);
  await page.goto(server.url);
  const dashboard = new Dashboard(page);
  await dashboard.cards.nth(HOSTILE.length - 1).waitFor();
  for (const part of [".card-symbol", ".card-source"]) {
    const shown = await page.locator(part).allTextContents();
    assert.deepEqual(shown.toSorted(), HOSTILE.toSorted());
  }
  const chat = new ChatPage(page);
  await chat.join("Ada");
  for (const text of HOSTILE) await chat.say(text);
  const [turned, ...straight] = HOSTILE.toReversed();
  await waitFor("the messages", async () => (await chat.said()).length === straight.length);
  assert.deepEqual(await chat.said(), straight.toReversed());
  // The chat takes no characters that turn a text around. What is refused stays where it was typed.
  await chat.panel.getByRole("alert").waitFor();
  assert.equal(await chat.draft.inputValue(), turned);
  const [first = ""] = HOSTILE;
  await dashboard.card(first).getByRole("button", { name: `Talk about ${first}` }).click();
  await chat.here(1);
  const markup = ".card img, .line img, #app script, #chat script";
  assert.equal(await page.locator(markup).count(), 0);
  assert.deepEqual(await seen.violations(), []);
  assert.deepEqual([...seen.hosts], [new URL(server.url).host]);
  assert.deepEqual(browser.complaints, []);
});

Deno.test("The test client keeps to its policy, and shows what it gets as text", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const page = await browser.open("about:blank");
  const seen = await watch(page);
  await page.goto(`${server.url}/test_client.html`);
  await page.getByLabel("Endpoint").selectOption("Echo");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("status").getByText(/^Connected/).waitFor();
  for (const text of HOSTILE) {
    await page.getByRole("textbox", { name: "Message" }).fill(text);
    await page.getByRole("button", { name: "Send text" }).click();
  }
  const rows = page.locator("tbody tr");
  await waitFor("the echoes", async () => await rows.count() === 1 + 2 * HOSTILE.length);
  assert.equal(await page.locator("tbody img, tbody script").count(), 0);
  assert.deepEqual(await seen.violations(), []);
  assert.deepEqual([...seen.hosts], [new URL(server.url).host]);
  assert.deepEqual(browser.complaints, []);
});

Deno.test("The pages' policy stops what a fault in them would let in", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url, env: LISTEN });
  await using browser = await openBrowser();
  const page = await browser.open("about:blank");
  const seen = await watch(page);
  await page.goto(server.url);
  const outcomes = await page.evaluate(async () => {
    const attempt = async (run: () => unknown) => {
      try {
        return String(await run());
      } catch (error) {
        return error instanceof Error ? error.name : "thrown";
      }
    };
    const script = document.createElement("script");
    return {
      markup: await attempt(() => document.body.innerHTML = "<b>x</b>"),
      script: await attempt(() => script.text = "globalThis.ran = true"),
      elsewhere: await attempt(() => fetch("http://127.0.0.1:9/")),
      socket: await attempt(() =>
        new Promise((resolve) => {
          const socket = new WebSocket("ws://127.0.0.1:9/");
          socket.onerror = () => resolve("refused");
        })
      ),
      image: await attempt(() =>
        new Promise((resolve) => {
          const image = new Image();
          image.onerror = () => resolve("refused");
          image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
        })
      ),
    };
  });
  assert.deepEqual(outcomes, {
    markup: "TypeError",
    script: "TypeError",
    elsewhere: "TypeError",
    socket: "refused",
    image: "refused",
  });
  const violated = new Set(await seen.violations());
  for (const directive of ["require-trusted-types-for", "connect-src", "img-src"]) {
    assert.ok(violated.has(directive), directive);
  }
  assert.deepEqual([...seen.hosts], [new URL(server.url).host]);
});
