/// <reference lib="dom" />
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type BrowserContextOptions } from "playwright-core";
import type { TestBrowser } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { Dashboard, insertPrices } from "../support/dashboard.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { sharedBrowser, sharedTest } from "../support/shared_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const LISTEN = { FEED_MODE: "listen" };
const shared = sharedBrowser();

sharedTest("ChatPanel lets two people talk, by keyboard, and shows who is there", async () => {
  await using setup = await Setup.start();
  const ada = await setup.person("Ada");
  const grace = await setup.person("Grace Hopper");
  await ada.here(2);
  await ada.panel.getByText("2 people here").click();
  assert.deepEqual(await ada.panel.locator(".presence li").allTextContents(), [
    "Ada",
    "Grace Hopper",
  ]);
  await ada.say("hello");
  await grace.draft.pressSequentially("two");
  await grace.draft.press("Shift+Enter");
  await grace.draft.pressSequentially("lines");
  await grace.draft.press("Enter");
  await shows(ada, "hello", "two\nlines");
  await shows(grace, "hello", "two\nlines");
  assert.equal(await grace.draft.inputValue(), "");
  assert.deepEqual(await ada.panel.locator(".speaker").allTextContents(), [
    "Ada (you)",
    "Grace Hopper",
  ]);
  assert.equal(await ada.panel.locator(".is-own").count(), 1);
  await ada.panel.getByText("Grace Hopper joined").waitFor();
  assert.deepEqual(setup.browser.complaints, []);
});

sharedTest("ChatPanel shows names and messages as text, whatever they contain", async () => {
  await using setup = await Setup.start();
  const markup = "<img src=x onerror=alert(1)><b>bold</b>";
  const ada = new ChatPage(await setup.browser.open(setup.server.url));
  ada.page.on("dialog", (dialog) => assert.fail(`Markup opened a dialog: ${dialog.message()}`));
  await ada.toggle.click();
  await ada.panel.getByLabel("Your name").fill("<img src=x onerror=alert(1)>");
  await ada.panel.getByRole("button", { name: "Join", exact: true }).click();
  assert.match(await ada.panel.getByRole("alert").innerText(), /^The name must have 1 to 32/);
  await ada.panel.getByLabel("Your name").fill("Ada");
  await ada.panel.getByRole("button", { name: "Join", exact: true }).click();
  await ada.here(1);
  const grace = await setup.person("Grace");
  await grace.say(markup);
  await grace.panel.locator("input[type=file]").setInputFiles({
    name: `${markup}.html`.replaceAll("/", ""),
    mimeType: "text/html",
    buffer: Buffer.from(markup),
  });
  await ada.panel.locator(".file").waitFor();
  assert.equal((await ada.said())[0], markup);
  assert.match(await ada.panel.locator(".file-name").innerText(), /^<img src=x/);
  assert.equal(await ada.panel.locator("img, b").count(), 0);
  assert.deepEqual(setup.browser.complaints, []);
});

sharedTest(
  "ChatPanel hands files over byte by byte, and refuses one that is too large",
  async () => {
    await using setup = await Setup.start();
    const ada = await setup.person("Ada");
    const grace = await setup.person("Grace");
    const bytes = Buffer.from(Uint8Array.from({ length: 40_000 }, (_, index) => index * 7 % 256));
    const input = grace.panel.locator("input[type=file]");
    await input.setInputFiles({ name: "levels.bin", mimeType: "", buffer: bytes });
    const downloading = ada.page.waitForEvent("download");
    await ada.panel.locator(".file").click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), "levels.bin");
    assert.deepEqual(await Deno.readFile(await download.path()), new Uint8Array(bytes));
    await input.setInputFiles({ name: "big.bin", mimeType: "", buffer: Buffer.alloc(70_000) });
    await grace.panel.getByText(/Cannot send big\.bin: must have [\d.]+ KB at most, has 70 KB/)
      .waitFor();
  },
);

sharedTest("ChatPanel counts what nobody has read, until it is looked at", async () => {
  await using setup = await Setup.start();
  const ada = await setup.person("Ada");
  const grace = await setup.person("Grace");
  await ada.page.keyboard.press("Escape");
  await ada.panel.waitFor({ state: "detached" });
  assert.equal(await ada.toggle.evaluate((element) => element === document.activeElement), true);
  await grace.say("one");
  await grace.say("two");
  await ada.page.getByRole("button", { name: "Chat 2 unread" }).waitFor();
  await ada.page.keyboard.press("Enter");
  await shows(ada, "one", "two");
  await waitFor("nothing unread", async () => await ada.toggle.textContent() === "Chat");
});

sharedTest("ChatPanel has a room for each symbol, reached from its price", async () => {
  await using setup = await Setup.start();
  const ada = await setup.person("Ada");
  const grace = await setup.person("Grace");
  await grace.page.getByRole("button", { name: "Talk about AAPL" }).click();
  await grace.here(1);
  await grace.say("about AAPL");
  await ada.page.getByRole("button", { name: "Talk about AAPL" }).click();
  await shows(ada, "about AAPL");
  await ada.here(2);
  await ada.room("#lobby").click();
  await shows(ada);
  await grace.say("more");
  await ada.room("AAPL 1 unread").click();
  await shows(ada, "about AAPL", "more");
  await ada.panel.getByRole("button", { name: "Leave AAPL" }).click();
  await waitFor("the room to be gone", async () => await ada.room("AAPL").count() === 0);
  await grace.panel.getByText("Ada left").waitFor();
});

sharedTest("ChatPanel joins a room by name, and says why it cannot", async () => {
  await using setup = await Setup.start();
  const ada = await setup.person("Ada");
  await ada.room("Join another room").click();
  const name = ada.panel.getByLabel("Room to join");
  await name.fill(" \u200b ");
  await name.press("Enter");
  await ada.panel.getByText(/^Cannot join: the name must have 1 to 64/).waitFor();
  await name.fill("desk 7");
  await name.press("Enter");
  await ada.panel.getByRole("textbox", { name: "Message to #desk 7" }).waitFor();
});

sharedTest("ChatPanel comes back after a reload with name, rooms and history", async () => {
  await using setup = await Setup.start();
  const ada = await setup.person("Ada");
  await setup.person("Grace");
  await ada.page.getByRole("button", { name: "Talk about AAPL" }).click();
  await ada.room("#lobby").click();
  for (let count = 1; count <= 60; count += 1) await ada.say(`message ${count}`);
  await waitFor("all to be sent", async () => await ada.lines.count() === 60);
  await waitFor(
    "none to be pending",
    async () => await ada.panel.getByText("Sending…").count() === 0,
  );
  await ada.page.reload();
  await ada.toggle.click();
  await ada.here(2);
  assert.equal(await ada.panel.getByLabel("Your name").count(), 0);
  await waitFor("the history", async () => await ada.lines.count() === 50);
  await ada.room("AAPL").waitFor();
  await ada.panel.getByRole("button", { name: "Load older messages" }).click();
  await waitFor("the older messages", async () => await ada.lines.count() === 60);
  assert.equal((await ada.said())[0], "message 1");
  await waitFor("nothing older", async () => {
    return await ada.panel.getByRole("button", { name: "Load older messages" }).count() === 0;
  });
});

sharedTest("ChatPanel stays where the reader has gone, until the user says something", async () => {
  await using setup = await Setup.start();
  const ada = await setup.person("Ada");
  const grace = await setup.person("Grace");
  for (let count = 1; count <= 40; count += 1) await grace.say(`message ${count}`);
  await waitFor("the messages", async () => await ada.lines.count() === 40);
  const line = ada.panel.getByText("message 10", { exact: true });
  await line.scrollIntoViewIfNeeded();
  const toNewest = ada.panel.getByRole("button", { name: "To the newest" });
  await toNewest.waitFor();
  const topPx = async () => (await line.boundingBox())?.y ?? Infinity;
  const beforePx = await topPx();
  await grace.say("one more");
  await waitFor("the message", async () => await ada.lines.count() === 41);
  const movedPx = Math.abs(await topPx() - beforePx);
  assert.ok(movedPx < 2, `moved by ${movedPx} px`);
  await ada.say("mine");
  await toNewest.waitFor({ state: "detached" });
  assert.equal(await ada.panel.locator(".chat-scroller").evaluate((it) => it.scrollTop), 0);
});

sharedTest(
  "ChatPanel asks for another name when the name is taken, and changes names",
  async () => {
    await using setup = await Setup.start();
    const ada = await setup.person("Ada");
    const other = new ChatPage(await setup.browser.open(setup.server.url));
    await other.toggle.click();
    await other.panel.getByLabel("Your name").fill("ADA");
    await other.panel.getByRole("button", { name: "Join", exact: true }).click();
    await other.panel.getByText(/Somebody in #lobby has the name ADA/).waitFor();
    await other.panel.getByLabel("Another name").fill("Bob");
    await other.panel.getByRole("button", { name: "Join", exact: true }).click();
    await other.here(2);
    await other.panel.getByRole("button", { name: "Change name" }).click();
    await other.panel.getByLabel("Your name").fill("Ada");
    await other.panel.getByRole("button", { name: "Change", exact: true }).click();
    await other.panel.getByRole("alert").waitFor();
    await other.panel.getByLabel("Your name").fill("Barbara");
    await other.panel.getByRole("button", { name: "Change", exact: true }).click();
    await ada.panel.getByText("Bob is now Barbara").waitFor();
    await other.panel.getByText("You are Barbara").waitFor();
  },
);

sharedTest(
  "ChatPanel leaves the prices alone: they change meanwhile, and no card is drawn for it",
  async () => {
    await using setup = await Setup.start();
    const ada = await setup.person("Ada");
    const grace = await setup.person("Grace");
    const dashboard = new Dashboard(ada.page);
    const mutations = await ada.page.evaluateHandle(() => {
      const changed: string[] = [];
      const list = document.querySelector(".cards");
      if (list === null) throw new Error("Cannot observe the cards: must exist, do not");
      new MutationObserver((records) => {
        for (const { target } of records) {
          const parent = target instanceof Element ? target : target.parentElement;
          if (!parent?.closest(".card-age")) changed.push(parent?.className ?? "");
        }
      }).observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
      return changed;
    });
    for (let count = 0; count < 5; count += 1) await grace.say(`message ${count}`);
    await waitFor("the messages", async () => await ada.lines.count() === 5);
    assert.deepEqual(await mutations.jsonValue(), []);
    await insertPrices(setup.databaseUrl, [{ symbol: "AAPL", price: 201 }]);
    await dashboard.price("AAPL").getByText("201.00").waitFor();
    assert.deepEqual(setup.browser.complaints, []);
  },
);

sharedTest("ChatPanel opens no connection before there is a name", async () => {
  await using setup = await Setup.start();
  const page = await setup.browser.open("about:blank");
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(new URL(socket.url()).pathname));
  await page.goto(setup.server.url);
  const ada = new ChatPage(page);
  await new Dashboard(page).cards.first().waitFor();
  assert.deepEqual(sockets, ["/ws"]);
  await ada.join("Ada");
  assert.deepEqual(sockets, ["/ws", "/chat"]);
});

sharedTest(
  "ChatPanel goes on after the server was restarted, without a message lost or doubled",
  async () => {
    await using setup = await Setup.start();
    const ada = await setup.person("Ada");
    const grace = await setup.person("Grace");
    await ada.say("before");
    await shows(grace, "before");
    // Grace may hear it before Ada is told that it was sent.
    await ada.panel.getByText("Sending…").waitFor({ state: "detached" });
    await setup.server.kill();
    await ada.banner.getByText(/^Connection lost/).waitFor();
    await ada.say("meanwhile");
    await ada.panel.getByText("Sending…").waitFor();
    await setup.server.restart();
    await shows(grace, "before", "meanwhile");
    await ada.banner.waitFor({ state: "detached" });
    await grace.say("after");
    await shows(ada, "before", "meanwhile", "after");
    await shows(grace, "before", "meanwhile", "after");
    assert.equal(await ada.panel.getByText("Sending…").count(), 0);
  },
);

sharedTest("ChatPanel goes on while Postgres is away, and says that nothing is kept", async () => {
  await using cluster = await testCluster();
  await using server = await startServer({ databaseUrl: cluster.url, env: LISTEN });
  const browser = shared();
  const ada = await person(browser, server, "Ada");
  const grace = await person(browser, server, "Grace");
  await cluster.stop();
  await ada.say("hello?");
  await shows(grace, "hello?");
  await ada.banner.getByText(/^The history is not being kept/).waitFor();
  await ada.panel.getByText("Sent, not kept").waitFor();
  await cluster.restart();
  await ada.banner.waitFor({ state: "detached" });
});

sharedTest("ChatPanel fills a phone, and beside the prices takes its own width alone", async () => {
  await using setup = await Setup.start();
  const phone = await setup.person("Ada", { viewport: { width: 390, height: 844 } });
  await phone.say("W".repeat(300));
  await waitFor("the message", async () => await phone.lines.count() === 1);
  const [content, window] = await phone.page.evaluate(() => [
    document.documentElement.scrollWidth,
    innerWidth,
  ]);
  assert.equal(content, window);
  assert.equal((await phone.panel.boundingBox())?.width, 390);
  const wide = await setup.person("Grace", { viewport: { width: 1400, height: 900 } });
  const panel = await wide.panel.boundingBox();
  const main = await wide.page.locator("main").boundingBox();
  assert.ok(panel !== null && main !== null);
  assert.equal(main.x + main.width, panel.x);
});

/** A server with one price, and a browser. */
class Setup implements AsyncDisposable {
  private constructor(
    readonly databaseUrl: string,
    readonly server: TestServer,
    readonly browser: TestBrowser,
    readonly resources: AsyncDisposableStack,
  ) {}

  static async start(): Promise<Setup> {
    await using resources = new AsyncDisposableStack();
    const database = resources.use(await testDatabase());
    await insertPrices(database.url, [{ symbol: "AAPL", price: 200 }]);
    const server = resources.use(await startServer({ databaseUrl: database.url, env: LISTEN }));
    return new Setup(database.url, server, shared(), resources.move());
  }

  /** Opens a page, and joins the lobby there. */
  async person(username: string, options?: BrowserContextOptions): Promise<ChatPage> {
    return await person(this.browser, this.server, username, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resources.disposeAsync();
  }
}

async function person(
  browser: TestBrowser,
  server: TestServer,
  username: string,
  options?: BrowserContextOptions,
): Promise<ChatPage> {
  const chat = new ChatPage(await browser.open(server.url, options));
  await chat.join(username);
  return chat;
}

async function shows(chat: ChatPage, ...messages: string[]): Promise<void> {
  let last: string[] = [];
  await waitFor("the messages", async () => {
    last = await chat.said();
    return last.length === messages.length &&
      last.every((message, index) => message === messages[index]);
  }).catch((error: unknown) => {
    throw new Error(`Cannot find ${JSON.stringify(messages)}: it shows ${JSON.stringify(last)}`, {
      cause: error,
    });
  });
}
