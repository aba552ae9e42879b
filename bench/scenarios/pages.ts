import type { Page } from "playwright-core";
import * as v from "valibot";
import { sleep } from "../../src/lifecycle.ts";
import { ensureChromium, openBrowser, type TestBrowser } from "../../tests/support/browser.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { Bench, Measurement, Scenario, Variant } from "../bench.ts";
import { type Load, streamArgs } from "../generator.ts";
import { type PageLook, PageWatch } from "../page_watch.ts";
import { PinnedProcess } from "../pinned_process.ts";
import { figure, median, ratio, type Values, type VariantResult } from "../result.ts";

/** Rows on the page, and changes of them a second. */
const MARKETS = [
  { rows: 500, updatesPerSecond: 1000 },
  { rows: 2000, updatesPerSecond: 5000 },
] as const;
type Market = typeof MARKETS[number];

/** The page with which the WebSocket workshop ends: it writes all its cards anew for each message. */
const WORKSHOP_PAGE = new URL("../../tests/browser/workshop_dashboard.html", import.meta.url).href;
/** Where that page connects to. */
const WORKSHOP_HOST = "127.0.0.1:8080";
const OWN = "Quotewire's dashboard";
const WORKSHOP = "workshop's page, innerHTML";

const BATCH_MS = 20;
const START_DELAY_MS = 250;
const WARM_UP_SECONDS = 3;
/** At the end of the stream, which the browser's timing must not run into. */
const END_SECONDS = 1;
const DEADLINE_MS = 30_000;
/** What the workshop's page is sent, and how long it may take. */
const WORKSHOP_UPDATES = 200;
const WORKSHOP_DEADLINE_MS = 600_000;
const FRAMES_PER_SECOND = 60;

/** What a price costs the browser that shows it. */
export const pages: Scenario = {
  name: "pages",
  title: "Pages: what the browser has to do",
  columns: [
    { key: "scriptMsPerSecond", title: "scripting, ms a second", digits: 0 },
    { key: "drawMsPerSecond", title: "style and layout, ms a second", digits: 0 },
    { key: "updatesPerSecond", title: "updates taken in a second", digits: 0 },
    { key: "scriptUsPerUpdate", title: "scripting per update, µs", digits: 1 },
    { key: "framesPerSecond", title: "frames a second", digits: 1 },
    { key: "framesDroppedPercent", title: "frames dropped, %", digits: 1 },
    { key: "longestFrameMs", title: "longest frame, ms", digits: 0 },
  ],
  async measure(bench) {
    const notRun = await whyNot();
    const variants = await bench.takeTurns(MARKETS.flatMap((market): Variant[] => [
      { name: nameOf(OWN, market), notRun, run: () => measureOwn(bench, market) },
      { name: nameOf(WORKSHOP, market), notRun, run: () => measureWorkshop(bench, market) },
    ]));
    return { variants, figures: MARKETS.flatMap((market) => figuresOf(variants, market)) };
  },
};

function figuresOf(variants: readonly VariantResult[], market: Market) {
  const of = (page: string) => variants.find(({ name }) => name === nameOf(page, market));
  const [own, workshop] = [of(OWN), of(WORKSHOP)];
  const at = `${market.rows} rows × ${market.updatesPerSecond} updates/s`;
  return [
    figure(
      `scripting per update, workshop's page against ours, ${at}`,
      ratio(workshop, own, "scriptUsPerUpdate"),
      "×",
      { min: 10 },
    ),
    figure(`frames dropped, ${at}`, median(own, "framesDroppedPercent"), "%"),
  ];
}

function nameOf(page: string, { rows, updatesPerSecond }: Market): string {
  return `${page}, ${rows} rows × ${updatesPerSecond}/s`;
}

async function whyNot(): Promise<string | undefined> {
  try {
    await ensureChromium();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function measureOwn(bench: Bench, market: Market): Promise<Measurement> {
  const seconds = bench.seconds(10);
  await using stage = await Stage.open(bench, market, WARM_UP_SECONDS + seconds + END_SECONDS);
  const { page, watch, server, port } = stage;
  await page.goto(`http://127.0.0.1:${port}/`);
  await waitFor("the first message", async () => (await watch.look()).messages > 0, DEADLINE_MS);
  await stage.start();
  await sleep(START_DELAY_MS + WARM_UP_SECONDS * 1000);
  const before = await watch.look();
  await sleep(seconds * 1000);
  const after = await watch.look();
  await server.line("published", DEADLINE_MS);
  const faults: string[] = [];
  await waitFor("the newest prices on the page", () => isUpToDate(page, port)).catch((error) => {
    faults.push(error instanceof Error ? error.message : String(error));
  });
  // Nothing is conflated for a page that keeps up; one that does not is found out at the end.
  const updates = market.updatesPerSecond * (after.atMs - before.atMs) / 1000;
  return { values: valuesOf(before, after, updates), faults };
}

/**
 * The page falls behind from the first message on, and runs its script for minutes without a look at
 * anything else. So it gets the stream's beginning, and is waited for.
 */
async function measureWorkshop(bench: Bench, market: Market): Promise<Measurement> {
  await using stage = await Stage.open(bench, market, WORKSHOP_UPDATES / market.updatesPerSecond);
  const { page, watch } = stage;
  await page.goto(WORKSHOP_PAGE);
  const taken = async (messages: number) => {
    const what = `${messages} messages on the workshop's page`;
    return await waitFor(what, async () => {
      const look = await watch.look();
      return look.messages >= messages && look;
    }, WORKSHOP_DEADLINE_MS);
  };
  // A greeting, and one for each row.
  const before = await taken(1 + market.rows);
  await stage.start();
  const after = await taken(1 + market.rows + WORKSHOP_UPDATES);
  return { values: valuesOf(before, after, WORKSHOP_UPDATES), faults: [] };
}

/** A server with a market, and a page that has not been sent anywhere yet. */
class Stage implements AsyncDisposable {
  readonly port: number;
  readonly server: PinnedProcess;
  readonly page: Page;
  readonly watch: PageWatch;
  readonly #browser: TestBrowser;

  private constructor(
    { port, server, page, watch, browser }:
      & Pick<Stage, "port" | "server" | "page" | "watch">
      & { readonly browser: TestBrowser },
  ) {
    this.port = port;
    this.server = server;
    this.page = page;
    this.watch = watch;
    this.#browser = browser;
  }

  static async open(bench: Bench, market: Market, seconds: number): Promise<Stage> {
    const port = freePort();
    const { rows: symbols, updatesPerSecond } = market;
    const load: Load = { clients: 1, symbols, updatesPerSecond, batchMs: BATCH_MS, seconds };
    const { command, args } = await bench.tool("quotewire");
    const server = new PinnedProcess({
      command,
      args: [...args, ...streamArgs(load, port)],
      cores: bench.cores.server,
    });
    await server.line("ready", DEADLINE_MS);
    const browser = await openBrowser([
      `--host-resolver-rules=MAP ${WORKSHOP_HOST} 127.0.0.1:${port}`,
    ]);
    bench.noteVersions({ chromium: browser.version });
    const page = await browser.open("about:blank");
    return new Stage({ port, server, page, watch: await PageWatch.of(page), browser });
  }

  /** Lets the stream begin. */
  async start(): Promise<void> {
    await this.server.send(`go ${(Date.now() + START_DELAY_MS) * 1000}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.server[Symbol.asyncDispose]();
  }
}

function valuesOf(before: PageLook, after: PageLook, updates: number): Values {
  const seconds = (after.atMs - before.atMs) / 1000;
  const scriptSeconds = after.scriptSeconds - before.scriptSeconds;
  const framesPerSecond = (after.frames - before.frames) / seconds;
  return {
    scriptMsPerSecond: scriptSeconds / seconds * 1000,
    drawMsPerSecond: (after.drawSeconds - before.drawSeconds) / seconds * 1000,
    updatesPerSecond: updates / seconds,
    scriptUsPerUpdate: scriptSeconds / updates * 1e6,
    framesPerSecond,
    framesDroppedPercent: Math.max(0, 1 - framesPerSecond / FRAMES_PER_SECOND) * 100,
    longestFrameMs: after.longestFrameMs,
  };
}

const pricesSchema = v.object({
  quotes: v.array(v.object({ symbol: v.string(), price: v.number() })),
});

/** Whether every row in view shows the price that the server has. */
async function isUpToDate(page: Page, port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/prices`);
  const { quotes } = v.parse(pricesSchema, await answer.json());
  const prices = new Map(quotes.map(({ symbol, price }) => [symbol, price]));
  const rows = page.locator("[data-row]");
  const [symbols, shown] = await Promise.all([
    rows.locator(".card-symbol, .row-symbol").allTextContents(),
    rows.locator("[data-cell=exact], [data-cell=last]").allTextContents(),
  ]);
  return symbols.length > 0 &&
    symbols.every((symbol, index) => prices.get(symbol) === Number(shown[index]));
}
