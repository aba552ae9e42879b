import assert from "node:assert/strict";
import { FeedClient } from "../../src/client/feed_client.ts";
import { errorText } from "../../src/errors.ts";
import { sleep } from "../../src/lifecycle.ts";
import { Chance } from "../fuzz/chance.ts";
import { processState } from "../support/process_state.ts";
import { query } from "../support/query.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { taskFlags } from "../support/task_flags.ts";
import { waitFor } from "../support/wait_for.ts";
import { VISITS } from "./visits.ts";

/** How long and how hard. */
export interface SoakOptions {
  readonly databaseUrl: string;
  readonly durationMs: number;
  /** Determines who comes when and does what, though not what happens at the same time. */
  readonly seed: number;
  /** Visitors that are there at the same time. */
  readonly visitors: number;
  readonly sampleIntervalMs: number;
  onSample?(sample: Sample): void;
}

/** What the server held at a moment of the soak. */
export interface Sample {
  readonly elapsedMs: number;
  readonly residentBytes: number;
  readonly descriptors: number;
  readonly acceptedSockets: number;
  /** Visits so far. */
  readonly visits: number;
}

/** What a soak has seen, once all clients had gone. */
export interface SoakResult {
  readonly samples: readonly Sample[];
  /** What visitors complained of, and what was not as promised in the end. */
  readonly faults: readonly string[];
  /** What the server logged as an error. */
  readonly errors: readonly string[];
  readonly visits: ReadonlyMap<string, number>;
  /** Descriptors beside those of clients, before the first client and after the last. */
  readonly ownDescriptors: { readonly before: number; readonly after: number };
}

const LOYAL_CLIENTS = 4;
const SYMBOLS = 40;
const TICKS_PER_SECOND = 400;
const FAULTS_MAX = 20;
const CONVERGE_DEADLINE_MS = 30_000;
const LEAVE_DEADLINE_MS = 60_000;

/**
 * Runs a server, an aggregator and clients that come and go, for a while, or until too many have complained.
 * Then the prices stop, and every client that stayed throughout has to have the newest price of each symbol
 * and never to have seen one go back in time; then all leave, and the server has to have let go of every
 * connection. What is not so is among the faults.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  await using server = await startServer({
    databaseUrl: options.databaseUrl,
    env: {
      FEED_MODE: "listen",
      LOG_LEVEL: "warning",
      WORKERS: "2",
      // Talkers and vandals have one address.
      MAX_CHAT_BYTES_PER_SECOND: "1073741824",
    },
  });
  const before = await processState(server.pid, server.port);
  const crowd = new Crowd(server, options);
  const backwards: string[] = [];
  const loyal = Array.from(
    { length: LOYAL_CLIENTS },
    (_, index) => loyalClient(server, index % 2 === 0 ? "on" : "off", backwards),
  );
  const samples: Sample[] = [];
  {
    await using aggregator = startAggregator(options.databaseUrl);
    const endMs = performance.now() + options.durationMs;
    const visiting = crowd.visitUntil(endMs);
    while (performance.now() < endMs && !crowd.isFedUp) {
      await sleep(Math.min(options.sampleIntervalMs, endMs - performance.now()));
      const state = await processState(server.pid, server.port);
      const elapsedMs = options.durationMs - (endMs - performance.now());
      const sample = { ...state, elapsedMs, visits: crowd.count };
      samples.push(sample);
      options.onSample?.(sample);
    }
    await visiting;
    aggregator.kill("SIGTERM");
    assert.equal(await aggregator.exit(LEAVE_DEADLINE_MS), 0);
  }
  const faults = [...crowd.faults];
  const judge = async (promise: Promise<unknown>) => {
    try {
      await promise;
    } catch (error) {
      faults.push(errorText(error));
    }
  };
  for (const client of loyal) await judge(converged(client, options.databaseUrl));
  for (const key of backwards.slice(0, FAULTS_MAX)) faults.push(`A price went back: ${key}`);
  for (const client of loyal) client.stop();
  await judge(waitFor("the server to let go of every connection", async () => {
    return (await processState(server.pid, server.port)).acceptedSockets === 0;
  }, LEAVE_DEADLINE_MS));
  const after = await processState(server.pid, server.port);
  return {
    samples,
    faults,
    errors: server.lines.filter((line) => /\berror\b|Uncaught/.test(line)),
    visits: crowd.visits,
    ownDescriptors: { before: before.descriptors, after: after.descriptors },
  };
}

/** Visitors in so many places; each place is taken by the next as soon as it is free. */
class Crowd {
  readonly faults: string[] = [];
  readonly visits = new Map<string, number>();
  count = 0;
  readonly #server: TestServer;
  readonly #options: SoakOptions;

  constructor(server: TestServer, options: SoakOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Whether so many have complained that nobody comes any more. */
  get isFedUp(): boolean {
    return this.faults.length >= FAULTS_MAX;
  }

  /** Visits that have begun by then are ended in peace. */
  async visitUntil(endMs: number): Promise<void> {
    const place = async () => {
      while (performance.now() < endMs && !this.isFedUp) await this.#visit();
    };
    await Promise.all(Array.from({ length: this.#options.visitors }, place));
  }

  async #visit(): Promise<void> {
    const chance = new Chance(Chance.seedOf(this.#options.seed, this.count));
    this.count += 1;
    const [name, visit] = chance.pick(VISITS);
    this.visits.set(name, (this.visits.get(name) ?? 0) + 1);
    try {
      await visit(this.#server, chance);
    } catch (error) {
      this.faults.push(`A ${name}: ${errorText(error)}`);
    }
  }
}

function startAggregator(databaseUrl: string): RunningProgram {
  const symbols = Array.from({ length: SYMBOLS }, (_, index) => `S${index}`);
  return new RunningProgram("env", [
    `DATABASE_URL=${databaseUrl}`,
    `SYMBOLS=${symbols.join(",")}`,
    `TICKS_PER_SECOND=${TICKS_PER_SECOND}`,
    Deno.execPath(),
    "run",
    ...taskFlags("aggregator"),
    "main.ts",
    "aggregator",
  ]);
}

function loyalClient(
  server: TestServer,
  compression: "on" | "off",
  backwards: string[],
): FeedClient {
  const client = new FeedClient({
    url: `${server.socketUrl}/ws`,
    subscription: { symbols: "*" },
    compression,
  });
  const newest = new Map<string, number>();
  client.on("update", ({ quotes }) => {
    for (const { symbol, source, timestamp } of quotes) {
      const key = `${symbol} ${source}`;
      if (timestamp < (newest.get(key) ?? 0)) backwards.push(key);
      newest.set(key, timestamp);
    }
  });
  client.start();
  return client;
}

async function converged(client: FeedClient, databaseUrl: string): Promise<void> {
  const rows = await query(
    databaseUrl,
    (sql) =>
      sql<{ symbol: string; source: string; price: number }[]>`
      select distinct on (symbol, source) symbol, source, price from stock_prices
      order by symbol, source, timestamp desc, id desc`,
  );
  assert.ok(rows.length >= SYMBOLS, "the aggregator has written every symbol");
  await waitFor(
    "a client to have the newest prices",
    () => rows.every(({ symbol, source, price }) => client.quote(symbol, source)?.price === price),
    CONVERGE_DEADLINE_MS,
  );
}
