import type { Page } from "playwright-core";
import { Market, type MarketQuote } from "../src/aggregator/market.ts";
import { SIMULATED_VENUES } from "../src/aggregator/simulator.ts";
import { ChatClient } from "../src/client/chat_client.ts";
import { sleep } from "../src/lifecycle.ts";
import { openBrowser } from "../tests/support/browser.ts";
import { insertPrices } from "../tests/support/dashboard.ts";
import { FaultProxy } from "../tests/support/fault_proxy.ts";
import { testCluster } from "../tests/support/postgres.ts";
import { startServer } from "../tests/support/server.ts";
import { waitFor } from "../tests/support/wait_for.ts";

/**
 * Takes the pictures of the documents: `deno run -A tools/screenshots.ts`. A server of its own has eight
 * hours of a simulated market, which goes on while the browser looks.
 */

const SYMBOLS = "AAPL,AMZN,GOOGL,META,MSFT,NFLX,NVDA,TSLA".split(",");
const QUOTES_PER_SECOND = 4;
const PAST_SECONDS = 8 * 3600;
const ROWS_AT_ONCE = 5000;
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const CANDLES_DEADLINE_MS = 60_000;
/** For the connection, the first candles and some flashes. */
const LOOK_MS = 4000;

/** What two people say in turn, and how long each takes to reply. */
const TALK = [
  "NVDA is going down on both venues. News?",
  "Nothing on the wire. TSLA moves the same way.",
  "I have set an alert at 130.",
];
const REPLY_MS = 500;

/** A picture, and how to get there. */
interface Shot {
  readonly name: string;
  readonly fragment?: string;
  readonly size?: typeof DESK;
  readonly colorScheme?: "light" | "dark";
  readonly act?: (page: Page) => Promise<unknown>;
}

const SHOTS: readonly Shot[] = [
  { name: "dashboard" },
  { name: "dark", colorScheme: "dark" },
  { name: "table", act: (page) => page.getByRole("button", { name: "Table" }).click() },
  { name: "symbol", fragment: "#/symbol/AAPL" },
  { name: "phone", size: PHONE },
];

const market = new Market({
  symbols: SYMBOLS,
  venues: SIMULATED_VENUES,
  quotesPerSecond: QUOTES_PER_SECOND,
  seed: 7,
});

async function main(): Promise<void> {
  await using cluster = await testCluster();
  await writePast(cluster.url);
  await using proxy = await FaultProxy.start(cluster.url);
  await using server = await startServer({ databaseUrl: proxy.url, env: { FEED_MODE: "listen" } });
  await waitFor("candles of the past", async () => {
    const days = await fetch(`${server.url}/api/days`);
    return (await days.text()).includes('"coverage":"ready"');
  }, CANDLES_DEADLINE_MS);
  const stop = new AbortController();
  const writing = goOn(cluster.url, stop.signal);
  await using browser = await openBrowser();
  const take = async ({ name, fragment = "", size = DESK, colorScheme = "light", act }: Shot) => {
    const page = await browser.open(`${server.url}/${fragment}`, { viewport: size, colorScheme });
    await sleep(LOOK_MS, stop.signal);
    await act?.(page);
    await sleep(LOOK_MS, stop.signal);
    const path = new URL(`../docs/images/${name}.png`, import.meta.url).pathname;
    await page.screenshot({ path });
    await page.close();
  };
  for (const shot of SHOTS) await take(shot);
  using _ = await talk(`${server.socketUrl}/chat`);
  await take({ name: "chat", act: (page) => joinChat(page) });
  await take({ name: "stale", act: () => Promise.resolve(proxy.mute()) });
  stop.abort();
  await writing;
}

async function joinChat(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Chat/ }).click();
  await page.getByLabel("Your name").fill("edsger");
  await page.getByRole("button", { name: "Join" }).click();
}

/** Two people in the lobby, who stay until it is over. */
async function talk(url: string): Promise<Disposable> {
  const people = ["ada", "grace"].map((username) => {
    const client = new ChatClient({ url });
    client.start();
    client.join("lobby", { username });
    return client;
  });
  for (const [index, text] of TALK.entries()) {
    people[index % people.length]?.say("lobby", text);
    await sleep(REPLY_MS);
  }
  return { [Symbol.dispose]: () => people.forEach((client) => client.stop()) };
}

async function writePast(url: string): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const past = Array.from(
    { length: PAST_SECONDS * QUOTES_PER_SECOND },
    (_, index) => at(market.next(), nowSeconds - PAST_SECONDS + index / QUOTES_PER_SECOND),
  );
  for (let start = 0; start < past.length; start += ROWS_AT_ONCE) {
    await insertPrices(url, past.slice(start, start + ROWS_AT_ONCE));
  }
}

async function goOn(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await insertPrices(url, [at(market.next(), Date.now() / 1000)]);
    await sleep(1000 / QUOTES_PER_SECOND, signal);
  }
}

function at(quote: MarketQuote, seconds: number) {
  return { ...quote, timestamp: Math.floor(seconds) };
}

await main();
