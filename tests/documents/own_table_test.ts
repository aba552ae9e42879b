import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { OLDEST_ID } from "../../src/db/chat_store.ts";
import { Database } from "../../src/db/client.ts";
import { SharedChatStore } from "../../src/db/shared_chat_store.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { freePort } from "../support/free_port.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { readProjectFile } from "../support/project_files.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Checkout, copyProject } from "./checkout.ts";
import { parseDocument } from "./document.ts";
import { Playback } from "./playback.ts";
import { Shell } from "./shell.ts";

// The tutorial, word for word: its SQL, commands, page and program, in their order. What it says of rights
// and of other ways in is tried as well.

const PATH = "docs/tutorials/own_table.md";
const DEADLINE_MS = 60_000;
const ROLES = ["quotewire_server", "price_writer", "price_trader"];

Deno.test({
  name: `${PATH} leads from a table of one's own to a price on one's own page`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using stage = await Tutorial.start();
    await stage.playTable();
    await stage.playServer();
    await stage.playPage();
    await stage.playProgram();
    await stage.playEnd();
  },
});

class Tutorial implements AsyncDisposable {
  readonly #script: Playback;
  readonly #checkout: Checkout;
  readonly #database: TestDatabase;
  readonly #browser: TestBrowser;
  readonly #port: number;
  readonly #stack: AsyncDisposableStack;
  #page: Page | undefined;

  private constructor(
    stack: AsyncDisposableStack,
    parts: {
      script: Playback;
      checkout: Checkout;
      database: TestDatabase;
      browser: TestBrowser;
      port: number;
    },
  ) {
    this.#stack = stack;
    this.#script = parts.script;
    this.#checkout = parts.checkout;
    this.#database = parts.database;
    this.#browser = parts.browser;
    this.#port = parts.port;
  }

  static async start(): Promise<Tutorial> {
    const stack = new AsyncDisposableStack();
    const script = new Playback(parseDocument(PATH, await readProjectFile(PATH)));
    const checkout = stack.use(await copyProject());
    const database = stack.use(await testDatabase({ empty: true }));
    stack.defer(() => dropRoles(database.url));
    const port = freePort();
    const map = `--host-resolver-rules=MAP 127.0.0.1:8080 127.0.0.1:${port}`;
    const browser = stack.use(await openBrowser([map]));
    return new Tutorial(stack, { script, checkout, database, browser, port });
  }

  /** From the table to the rights. */
  async playTable(): Promise<void> {
    await this.#sql(this.#script.next("sql"));
    await using migrating = this.#shell(this.#script.next("sh"));
    assert.equal((await migrating.end(DEADLINE_MS)).code, 0, migrating.output);
    for (let block = 0; block < 5; block += 1) await this.#sql(this.#script.next("sql"));
    await this.#keepsSharedChat();
    const [copied] = await query(
      this.#database.url,
      (sql) =>
        sql`select count(*)::int as rows, count(*) filter (
          where inserted_at = to_timestamp(timestamp) or inserted_at < now() - interval '1 min'
        )::int as dated from stock_prices`,
    );
    assert.deepEqual(copied, { rows: 5000, dated: 5000 });
  }

  /** The server with few rights, and what it answers. */
  async playServer(): Promise<void> {
    const server = this.#stack.use(this.#shell(this.#script.next("sh")));
    await server.prints(/Dashboard: /, DEADLINE_MS);
    await this.#sql(this.#script.next("sql"));
    const [ask = "", watch = "", ...more] = this.#script.next("sh").split("\n");
    assert.deepEqual(more, []);
    await waitFor("the prices to be answered", async () => {
      await using asking = this.#shell(ask);
      const { code, output } = await asking.end(DEADLINE_MS);
      return code === 0 && output.includes('"price":801.25') && output.includes('"price":210.5');
    }, DEADLINE_MS);
    await using watching = this.#shell(`${watch} ws://127.0.0.1:8080/ws`);
    await watching.prints(/ASML\tXETRA\t801\.25/, DEADLINE_MS);
    // Nothing that the role may not do is tried again and again, or complained of.
    assert.doesNotMatch(server.output, /permission denied|error/i);
  }

  async playPage(): Promise<void> {
    const file = `${this.#checkout.folder}/prices.html`;
    await Deno.writeTextFile(file, this.#script.next("html"));
    const page = await this.#browser.open(new URL(`file://${file}`).href);
    this.#page = page;
    await this.#shows("ADS XETRA 210.50", "ASML XETRA 801.25");
    await waitFor("the page to hear that prices are fresh", async () => {
      return await page.locator("#state").textContent() === "live";
    }, DEADLINE_MS);
    await this.#sql(
      `create role price_trader; grant insert on trades to price_trader; set role price_trader;
       insert into trades (instrument_id, venue, price) values (1, 'XETRA', 211)`,
    );
    await this.#shows("ADS XETRA 211.00", "ASML XETRA 801.25");
    await this.#sql(
      `create trigger publish_changes after update on trades referencing new table as new_trades
         for each statement execute function publish_trades();
       update trades set price = 802, traded_at = now() where price = 801.25`,
    );
    await this.#shows("ADS XETRA 211.00", "ASML XETRA 802.00");
    const write = "insert into stock_prices (symbol, price, source, timestamp) " +
      "values ('ADS', 212, 'desk', extract(epoch from now())::bigint)";
    await this.#sql(`set role price_writer; ${write}`);
    await this.#shows("ADS XETRA 211.00", "ASML XETRA 802.00", "ADS desk 212.00");
    await assert.rejects(
      this.#sql("set role price_writer; select from stock_prices"),
      /permission denied/,
    );
  }

  async playProgram(): Promise<void> {
    const program = this.#here(this.#script.next("ts"));
    await Deno.writeTextFile(`${this.#checkout.folder}/alarm.ts`, program);
    await using checking = this.#shell("deno check alarm.ts");
    assert.equal((await checking.end(DEADLINE_MS)).code, 0, checking.output);
    await using alarm = this.#shell(this.#script.next("sh"));
    const trade = "insert into trades (instrument_id, venue, price) values (1, 'XETRA', 220.5)";
    await waitFor("the program to be connected", async () => {
      await this.#sql(trade);
      return alarm.output.includes("ADS is at 220.5 ");
    }, DEADLINE_MS);
    await this.#sql(this.#script.next("sql"));
    await alarm.prints(/^ADS is at 221\.75 \(XETRA\)$/m, DEADLINE_MS);
    await this.#shows("ADS XETRA 221.75", "ASML XETRA 802.00", "ADS desk 212.00");
  }

  async playEnd(): Promise<void> {
    await this.#sql("drop trigger publish_changes on trades");
    await this.#sql(this.#script.next("sql"));
    await this.#sql("insert into trades (instrument_id, venue, price) values (1, 'XETRA', 1)");
    const [found] = await query(
      this.#database.url,
      (sql) => sql`select count(*)::int as rows from stock_prices where price = 1`,
    );
    assert.equal(found?.rows, 0);
    assert.deepEqual(this.#browser.complaints, []);
    this.#script.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** What was wrong: the rights did not do for a server with a backbone, which could not keep its chat. */
  async #keepsSharedChat(): Promise<void> {
    const url = new URL(this.#database.url);
    [url.username, url.password] = ["quotewire_server", "choose%20one"];
    const database = new Database({
      url: url.href,
      connectionsMax: 1,
      applicationName: "quotewire test",
    });
    try {
      const timeMs = Date.now();
      const [id, content] = [new MessageIds().next(timeMs), {
        kind: "text",
        text: "here",
      }] as const;
      const message = { id, room: "lobby", username: "ada", timeMs, content };
      const store = new SharedChatStore({ writes: database, reads: database });
      const kept = await store.append([message], DEADLINE_MS);
      assert.deepEqual(kept, [{ id, isEarlier: false, previous: OLDEST_ID }]);
      const news = await store.roomsWithNews(new Map([["lobby", OLDEST_ID]]), DEADLINE_MS);
      assert.deepEqual(news, ["lobby"]);
    } finally {
      await database.close();
    }
  }

  async #sql(text: string): Promise<void> {
    await query(this.#database.url, (sql) => sql.unsafe(text).simple());
  }

  async #shows(...rows: string[]): Promise<void> {
    const read = async () => {
      const found = await this.#page?.locator("#prices tr").all() ?? [];
      const cells = await Promise.all(found.map((row) => row.locator("td").allTextContents()));
      return cells.map((texts) => texts.join(" "));
    };
    await waitFor(`the page to show ${rows.join(", ")}`, async () => {
      return (await read()).toSorted().join() === rows.toSorted().join();
    }, DEADLINE_MS);
  }

  #shell(command: string): Shell {
    return new Shell(this.#here(command), {
      folder: this.#checkout.folder,
      env: { PATH: this.#checkout.path, PORT: String(this.#port), WORKERS: "1" },
    });
  }

  /** With the addresses of this machine's Postgres and server in the place of the documents'. */
  #here(text: string): string {
    const { username, password, host, pathname } = new URL(this.#database.url);
    return text.replaceAll("user:password@", `${username}:${password}@`)
      .replaceAll("localhost:5432/stockdb", `${host}${pathname}`)
      .replaceAll("127.0.0.1:8080", `127.0.0.1:${this.#port}`);
  }
}

/** Roles belong to all databases of a Postgres, and other tests share it. */
async function dropRoles(url: string): Promise<void> {
  await query(url, async (sql) => {
    const found = await sql`select rolname from pg_roles where rolname in ${sql(ROLES)}`;
    for (const { rolname } of found) {
      await sql.unsafe(`drop owned by ${rolname}; drop role ${rolname}`).simple();
    }
  });
}
