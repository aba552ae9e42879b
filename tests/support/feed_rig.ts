import assert from "node:assert/strict";
import type { FeedMode } from "../../src/config.ts";
import { openPool, type Sql } from "../../src/db/client.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";
import { insert, runFeed, type RunningFeed } from "../contract/feed_contract.ts";
import { NOTICE_DEADLINE_MS, RECOVERY_DEADLINE_MS } from "./fault_promise.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { testDatabase } from "./postgres.ts";
import { waitFor } from "./wait_for.ts";

/** A feed behind a proxy, and a way to the same database past the proxy. */
export interface FeedRig extends AsyncDisposable {
  readonly feed: RunningFeed;
  readonly proxy: FaultProxy;
  readonly direct: Sql;
}

/** What a test wants different. */
export interface RigOptions {
  /** As in `runFeed`. */
  readonly pollIntervalMs?: number;
  /** As in `runFeed`. */
  readonly awaitLive?: boolean;
  /** Applied before the feed starts. */
  readonly prepare?: (proxy: FaultProxy, direct: Sql) => void | Promise<unknown>;
}

/** Starts a feed on a database of its own. */
export async function startRig(mode: FeedMode, options: RigOptions = {}): Promise<FeedRig> {
  const database = await testDatabase();
  const proxy = await FaultProxy.start(database.url);
  const direct = openDirect(database.url);
  await options.prepare?.(proxy, direct);
  const feed = await runFeed(mode, {
    url: proxy.url,
    ...options,
    prepare: () => Promise.resolve(),
  });
  return {
    feed,
    proxy,
    direct,
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await direct.end({ timeout: 1 });
      await database.close();
    },
  };
}

/** One connection, for what a test writes and asks. */
export function openDirect(url: string): Sql {
  return openPool({ url, connectionsMax: 1, applicationName: "quotewire test" });
}

/** What the feed says of itself at present. */
export function statusOf(feed: RunningFeed): FeedStatus["status"] | undefined {
  return feed.statuses.at(-1)?.status;
}

/** Writes a price of A; higher ones are newer. */
export function write(sql: Sql, price: number) {
  return insert(sql, "A", price, 100 + price);
}

/** Waits until the feed has delivered a price of A. */
export function delivery(feed: RunningFeed, price: number) {
  return waitFor(`the price ${price}`, () => feed.price("A") === price, RECOVERY_DEADLINE_MS);
}

/** Checks that a fault shows in time and that nothing known is lost by it. */
export async function strike(
  feed: RunningFeed,
  fault: () => unknown,
  told: FeedStatus["status"] = "down",
): Promise<void> {
  const { deliveries: { length: deliveries }, statuses: { length: before } } = feed;
  await fault();
  await waitFor(
    `the feed to be ${told}`,
    () => feed.statuses.slice(before).some(({ status }) => status === told),
    NOTICE_DEADLINE_MS,
  );
  assert.equal(feed.deliveries.length, deliveries);
}

/** Waits until the feed is live by itself and has a price of A; what it reads after a fault is no beginning. */
export async function recover(feed: RunningFeed, price: number): Promise<void> {
  await delivery(feed, price);
  await waitFor(
    "the feed to be live again",
    () => statusOf(feed) === "live",
    RECOVERY_DEADLINE_MS,
  );
  assert.ok(feed.beginnings.length <= 1, `${feed.beginnings.length} first reads`);
}

/** How many connections Quotewire has to the database, by their names. */
export async function connectionCounts(sql: Sql): Promise<Record<string, number>> {
  const rows = await sql<{ name: string; count: number }[]>`
    SELECT regexp_replace(application_name, ' [0-9a-f]{8}$', '') AS name, count(*)::int AS count
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'quotewire %'
    GROUP BY 1 ORDER BY 1`;
  return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}

/** Waits until the feed holds as many connections as it did before. */
export async function countsReturn(sql: Sql, before: Record<string, number>): Promise<void> {
  let now: Record<string, number> = {};
  await waitFor(
    () => `${JSON.stringify(now)} to go back to ${JSON.stringify(before)}`,
    async () => {
      now = await connectionCounts(sql);
      return Object.keys(now).every((name) => (now[name] ?? 0) <= (before[name] ?? 0));
    },
  );
}
