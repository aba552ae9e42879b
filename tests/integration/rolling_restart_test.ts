import assert from "node:assert/strict";
import { FeedClient } from "../../src/client/feed_client.ts";
import { Balancer } from "../support/balancer.ts";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const CLIENTS = 300;
const SYMBOLS = ["A", "B", "C"];
/**
 * The limit of the server's advice, and of the client's own jitter: its second window, for one that is sent
 * away again before it has heard a heartbeat.
 */
const DELAY_MS_MAX = 3000 + 1000;
const DEADLINE_MS = 60_000;

/**
 * A client that keeps account of how it fared when it was sent away. One that hears nothing for 2.5 s, because
 * the machine is that busy, was not: it looks for a server by itself, and may come to one that begins to leave
 * at that very moment.
 */
class Witness {
  readonly client: FeedClient;
  /** How often it has come to show live prices. */
  arrivals = 0;
  /** Why attempts to come back did not lead to a connection. */
  readonly failures: string[] = [];
  /** The longest that it waited before it came back. */
  delayMsMax = 0;
  /** Prices that went back, as text. */
  readonly relapses: string[] = [];
  readonly #prices = new Map<string, number>();
  #isSentAway = false;
  #phase: FeedClient["state"]["phase"] = "stopped";

  constructor(url: string) {
    this.client = new FeedClient({ url, subscription: { symbols: "*" } });
    this.client.on("state", (state) => this.#moved(state));
    this.client.on("snapshot", () => this.#look());
    this.client.on("update", () => this.#look());
    this.client.start();
  }

  shows(price: number): boolean {
    return SYMBOLS.every((symbol) => this.client.quote(symbol, "test")?.price === price);
  }

  #moved(state: FeedClient["state"]): void {
    if (state.phase === "reconnecting") {
      if (this.#phase === "connecting" && this.#isSentAway) this.failures.push(state.reason);
      if (this.#phase === "live") {
        this.delayMsMax = Math.max(this.delayMsMax, state.retryAtMs - Date.now());
      }
      // A connection that fell silent was stale in between.
      this.#isSentAway = this.#phase === "live";
    } else if (state.phase === "live") {
      this.arrivals += 1;
      this.#isSentAway = false;
    }
    this.#phase = state.phase;
  }

  #look(): void {
    for (const { symbol, price } of this.client.quotes()) {
      const before = this.#prices.get(symbol) ?? price;
      if (price < before) this.relapses.push(`${symbol} from ${before} to ${price}`);
      this.#prices.set(symbol, price);
    }
  }
}

/** Writes rising prices until disposed of. */
class Ticker implements AsyncDisposable {
  #price = 1;
  #stopped = false;
  readonly #writing: Promise<void>;

  constructor(readonly databaseUrl: string) {
    this.#writing = this.#write();
  }

  /** Writes the last price and returns it. */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#writing;
    return this.#price;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #write(): Promise<void> {
    while (!this.#stopped) {
      this.#price += 1;
      const price = this.#price;
      await insertPrices(this.databaseUrl, SYMBOLS.map((symbol) => ({ symbol, price })));
    }
  }
}

Deno.test({
  name:
    "A rolling restart behind one address has no client wait longer than told or try in vain, and takes no price back",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using database = await testDatabase();
    // In poll mode one server is behind the other for most of the time.
    const env = { FEED_MODE: "poll", POLL_INTERVAL_MS: "700", LOG_LEVEL: "warning" };
    const servers = await Promise.all(
      [1, 2].map(() => startServer({ databaseUrl: database.url, env })),
    );
    const balancer = new Balancer(servers.map(({ port }) => port));
    const ticker = new Ticker(database.url);
    const witnesses = Array.from(
      { length: CLIENTS },
      () => new Witness(`ws://127.0.0.1:${balancer.port}/ws`),
    );
    const allAreLive = () => witnesses.every(({ client }) => client.state.phase === "live");
    try {
      await waitFor("all to be live", allAreLive, DEADLINE_MS);
      for (const server of servers) {
        assert.equal(await server.stop(), 0);
        await server.restart();
        await waitFor("all to be back", allAreLive, DEADLINE_MS);
      }
      const last = await ticker.stop();
      await waitFor(
        "all to show the last price",
        () => witnesses.every((one) => one.shows(last)),
        DEADLINE_MS,
      );
      assert.deepEqual(witnesses.flatMap(({ relapses }) => relapses), [], "a price went back");
      assert.ok(witnesses.every(({ arrivals }) => arrivals > 1), "everybody came back");
      const failures = witnesses.flatMap((one) => one.failures);
      assert.deepEqual(failures, [], "attempts that led nowhere");
      const delayMs = Math.max(...witnesses.map(({ delayMsMax }) => delayMsMax));
      assert.ok(delayMs <= DELAY_MS_MAX, `one was told to stay away for ${delayMs} ms`);
    } finally {
      for (const { client } of witnesses) client.stop();
      await ticker.stop();
      await Promise.all(servers.map((server) => server.close()));
      await balancer[Symbol.asyncDispose]();
    }
  },
});
