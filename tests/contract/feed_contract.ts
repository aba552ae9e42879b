import assert from "node:assert/strict";
import postgres from "postgres";
import type { FeedMode } from "../../src/config.ts";
import { PostgresFeed } from "../../src/feed/postgres_feed.ts";
import { Book } from "../../src/price/book.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";
import type { Quote } from "../../src/price/quote.ts";
import { leavesNoDebris, RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { testDatabase } from "../support/postgres.ts";
import { waitFor } from "../support/wait_for.ts";

/** Short enough for quick tests, long enough that a read woken by NOTIFY is told from one of the net. */
const POLL_INTERVAL_MS = 300;

/** A feed that runs against a database of its own, and what it delivered. */
export interface RunningFeed extends AsyncDisposable {
  readonly sql: postgres.Sql;
  readonly book: Book;
  /** Of first reads. */
  readonly beginnings: (readonly Quote[])[];
  /** Of all reads. */
  readonly deliveries: (readonly Quote[])[];
  readonly statuses: FeedStatus[];
  /** What each status said of the first read: whether it had yet to end. */
  readonly starting: readonly (boolean | undefined)[];
  readonly url: string;
  /** Newest price that the feed has delivered for a symbol from source "x". */
  price(symbol: string): number | undefined;
  /** Connection for a second, concurrent transaction. */
  connect(): postgres.Sql;
}

/**
 * Starts a feed on `url`, or on a database of its own.
 *
 * @param options.awaitLive waits until it is live, which is the default
 */
export async function runFeed(
  mode: FeedMode,
  options: {
    url?: string;
    pollIntervalMs?: number;
    prepare?: (sql: postgres.Sql) => Promise<unknown>;
    awaitLive?: boolean;
    sessions?: number;
  } = {},
): Promise<RunningFeed> {
  const database = options.url === undefined ? await testDatabase() : undefined;
  const url = options.url ?? database?.url ?? "";
  const connections: postgres.Sql[] = [];
  const connect = () => {
    const sql = postgres(url, { max: 1, onnotice: () => {}, backoff: () => 0.1 });
    connections.push(sql);
    return sql;
  };
  const sql = connect();
  await options.prepare?.(sql);
  const book = new Book();
  const deliveries: (readonly Quote[])[] = [];
  const statuses: FeedStatus[] = [];
  const starting: (boolean | undefined)[] = [];
  const beginnings: (readonly Quote[])[] = [];
  const deliver = (quotes: readonly Quote[]) => {
    deliveries.push(quotes);
    book.apply(quotes, deliveries.length);
  };
  const stop = new AbortController();
  const feed = new PostgresFeed(url, {
    mode,
    pollIntervalMs: options.pollIntervalMs ?? POLL_INTERVAL_MS,
    sessions: () => options.sessions ?? 0,
  }, {
    beginning(quotes) {
      beginnings.push(quotes);
      deliver(quotes);
    },
    quotes: deliver,
    status: (status, isStarting) => {
      statuses.push(status);
      starting.push(isStarting);
    },
  });
  const running = feed.run(stop.signal);
  if (options.awaitLive ?? true) {
    await waitFor("the feed to be live", () => statuses.at(-1)?.status === "live");
  }
  return {
    sql,
    book,
    beginnings,
    deliveries,
    statuses,
    starting,
    url,
    connect,
    price: (symbol) => book.get(symbol, "x")?.quote.price,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await Promise.all(connections.map((connection) => connection.end({ timeout: 1 })));
      await database?.close();
    },
  };
}

/** Inserts one row as a writer does that knows the four columns alone. */
export function insert(sql: postgres.Sql, symbol: string, price: number, timestamp: number) {
  return sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
    VALUES (${symbol}, ${price}, 'x', ${timestamp})`;
}

/** Names a test after the mode that it runs in. */
type Test = (promise: string, run: () => Promise<void>) => void;

/** What every feed promises, whatever wakes it (see `Feed`). Run once per mode. */
export function testFeed(mode: FeedMode): void {
  const test: Test = (promise, run) =>
    Deno.test({
      name: `Feed in ${mode} mode ${promise}`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: run,
    });
  testStart(mode, test);
  testDelivery(mode, test);
  testOrder(mode, test);
  testVolume(mode, test);
  testOpening(mode, test);
}

function testDelivery(mode: FeedMode, test: Test): void {
  test("delivers rows that were there before it started, as the beginning", async () => {
    await using feed = await runFeed(mode, {
      prepare: async (sql) => {
        await insert(sql, "A", 1, 100);
        await insert(sql, "A", 2, 101);
      },
    });
    await waitFor("A", () => feed.price("A") === 2);
    assert.deepEqual(
      feed.book.get("A", "x")?.history.map((point) => point.price),
      [1, 2],
    );
    assert.deepEqual(feed.beginnings, feed.deliveries.slice(0, 1));
  });

  test("delivers a row that is committed while it runs, as no beginning", async () => {
    await using feed = await runFeed(mode);
    await insert(feed.sql, "A", 5, 100);
    await waitFor("A", () => feed.price("A") === 5);
    assert.deepEqual(feed.beginnings, []);
  });

  test("delivers a row whose transaction commits after later ones", async () => {
    await using feed = await runFeed(mode);
    const slow = feed.connect();
    await slow.begin(async (transaction) => {
      await transaction`INSERT INTO stock_prices (symbol, price, source, timestamp)
        VALUES ('LATE', 1, 'x', 100)`;
      await insert(feed.sql, "EARLY", 2, 100);
      await waitFor("EARLY", () => feed.price("EARLY") === 2);
      await insert(feed.sql, "EARLY", 3, 101);
      await waitFor("EARLY again", () => feed.price("EARLY") === 3);
      assert.equal(feed.price("LATE"), undefined);
    });
    await waitFor("LATE", () => feed.price("LATE") === 1);
  });

  test("delivers nothing of a transaction that is rolled back", async () => {
    await using feed = await runFeed(mode);
    const failed = feed.connect();
    await assert.rejects(
      failed.begin(async (transaction) => {
        await transaction`INSERT INTO stock_prices (symbol, price, source, timestamp)
        VALUES ('GONE', 1, 'x', 100)`;
        throw new Error("rolled back on purpose");
      }),
      /on purpose/,
    );
    await insert(feed.sql, "AFTER", 2, 100);
    await waitFor("AFTER", () => feed.price("AFTER") === 2);
    assert.equal(feed.price("GONE"), undefined);
  });

  test("delivers rows written inside savepoints", async () => {
    await using feed = await runFeed(mode);
    const nested = feed.connect();
    await nested.begin(async (transaction) => {
      await transaction.savepoint(async (inner) => {
        await inner`INSERT INTO stock_prices (symbol, price, source, timestamp)
          VALUES ('NESTED', 1, 'x', 100)`;
      });
      await insert(feed.sql, "OTHER", 1, 100);
      await waitFor("OTHER", () => feed.price("OTHER") === 1);
    });
    await waitFor("NESTED", () => feed.price("NESTED") === 1);
  });
}

function testStart(mode: FeedMode, test: Test): void {
  test("says that it is starting, until its first read has ended", async () => {
    const locked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    await using database = await testDatabase();
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    const held = sql.begin(async (transaction) => {
      await transaction`LOCK TABLE stock_prices IN ACCESS EXCLUSIVE MODE`;
      locked.resolve();
      await released.promise;
    });
    await locked.promise;
    await using feed = await runFeed(mode, { url: database.url, awaitLive: false });
    await waitFor("repeated words", () => feed.starting.length >= 3);
    const whileStarting = feed.starting.slice();
    released.resolve();
    await held;
    await sql.end();
    await waitFor("the feed to be live", () => feed.statuses.at(-1)?.status === "live");
    assert.deepEqual(whileStarting, whileStarting.map(() => true));
    assert.equal(feed.starting.at(-1), false);
  });
}

function testOrder(mode: FeedMode, test: Test): void {
  test("keeps the newer price when an older one is committed later", async () => {
    await using feed = await runFeed(mode);
    await insert(feed.sql, "A", 2, 200);
    await waitFor("A", () => feed.price("A") === 2);
    await insert(feed.sql, "A", 1, 100);
    await insert(feed.sql, "B", 1, 100);
    await waitFor("B", () => feed.price("B") === 1);
    assert.equal(feed.price("A"), 2);
  });

  test("goes on with a symbol of which a row lies far in the future", async () => {
    // A writer that took milliseconds for seconds froze its symbols: every later price was older.
    const nowSeconds = Math.floor(Date.now() / 1000);
    await using feed = await runFeed(mode, {
      prepare: async (sql) => {
        await insert(sql, "OLD", 1, nowSeconds);
        await insert(sql, "OLD", 9, nowSeconds * 1000);
      },
    });
    await waitFor("OLD", () => feed.price("OLD") === 1);
    await insert(feed.sql, "NEW", 9, nowSeconds * 1000);
    await insert(feed.sql, "NEW", 1, nowSeconds + 60);
    await insert(feed.sql, "OLD", 2, nowSeconds + 1);
    await waitFor("NEW and OLD", () => feed.price("NEW") === 1 && feed.price("OLD") === 2);
  });

  test("goes on while the clock of Postgres stands days behind", async () => {
    await using feed = await runFeed(mode);
    const nowSeconds = Math.floor(Date.now() / 1000);
    await feed.sql`INSERT INTO stock_prices (symbol, price, source, timestamp, inserted_at)
      VALUES ('A', 1, 'x', ${nowSeconds}, now() - interval '10 years')`;
    await waitFor("A", () => feed.price("A") === 1);
  });

  test("takes the higher id of two rows with one timestamp", async () => {
    await using feed = await runFeed(mode);
    await feed.sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      VALUES ('A', 1, 'x', 100), ('A', 2, 'x', 100)`;
    await waitFor("A", () => feed.price("A") === 2);
  });

  test("converges under interleaved transactions that commit in random order", async () => {
    await using feed = await runFeed(mode);
    const writers = Array.from({ length: 8 }, () => feed.connect());
    await Promise.all(writers.map((writer) => writer`SELECT 1`));
    await leavesNoDebris(async () => {
      await interleave(writers);
      const rows = await feed.sql<{ symbol: string; price: number }[]>`
        SELECT DISTINCT ON (symbol) symbol, price FROM stock_prices
        ORDER BY symbol, timestamp DESC, id DESC`;
      assert.equal(rows.length, 10);
      await waitFor(
        "every symbol's newest price",
        () => rows.every((row) => feed.price(row.symbol) === row.price),
        RECOVERY_DEADLINE_MS,
      );
    });
  });
}

function testVolume(mode: FeedMode, test: Test): void {
  test("reads each row once, even while a transaction stays open", async () => {
    // The naive cursor, everything since the oldest open transaction, read all rows again each time.
    await using feed = await runFeed(mode);
    const slow = feed.connect();
    await slow.begin(async (transaction) => {
      await transaction`SELECT pg_current_xact_id()`;
      for (let n = 1; n <= 20; n++) {
        await insert(feed.sql, "A", n, 100 + n);
        await waitFor(`price ${n}`, () => feed.price("A") === n);
      }
    });
    const delivered = feed.deliveries.flat().map((quote) => quote.id);
    assert.equal(delivered.length, new Set(delivered).size);
  });

  test("does not read rows again that a dump brought along with transactions to come", async () => {
    // Such rows lie above every cursor until the server's own transactions have got that far, so each
    // read took all of them.
    await using feed = await runFeed(mode, {
      prepare: async (sql) => {
        await sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
          SELECT 'OLD', n, 'x', n FROM generate_series(1, 5) n`;
        await sql`UPDATE stock_prices SET txid = '999999999'`;
      },
    });
    await insert(feed.sql, "NEW", 1, 1);
    await waitFor("NEW", () => feed.price("NEW") === 1);
    const delivered = feed.deliveries.flat().filter((quote) => quote.symbol === "OLD");
    assert.equal(delivered.length, 5);
  });

  test("delivers rows that bring the transaction of another database along", async () => {
    // Replication and partial restores write them. The feed was live, and never showed one of them.
    await using feed = await runFeed(mode);
    await feed.sql`INSERT INTO stock_prices (symbol, price, source, timestamp, txid)
      VALUES ('PAST', 1, 'x', 1, '3'), ('FUTURE', 1, 'x', 1, '999999999')`;
    await waitFor("both", () => feed.price("PAST") === 1 && feed.price("FUTURE") === 1);
  });

  test("catches up when more rows arrive than one read may take", async () => {
    await using feed = await runFeed(mode);
    await feed.sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      SELECT 'S' || n % 5, n, 'x', n FROM generate_series(1, 60000) n`;
    await waitFor(
      "the newest of each symbol",
      () => [0, 1, 2, 3, 4].every((n) => feed.price(`S${n}`) === (n === 0 ? 60000 : 59995 + n)),
    );
    await insert(feed.sql, "NEXT", 1, 1);
    await waitFor("a row after the flood", () => feed.price("NEXT") === 1);
  });
}

function testOpening(mode: FeedMode, test: Test): void {
  test("states the first price of the UTC day as the opening price", async () => {
    const dayStart = 20_000 * 86_400;
    await using feed = await runFeed(mode, {
      prepare: async (sql) => {
        await insert(sql, "A", 1, dayStart - 1);
        await insert(sql, "A", 2, dayStart);
        await insert(sql, "A", 3, dayStart + 1);
      },
    });
    const open = () => feed.book.get("A", "x")?.quote.open;
    await waitFor("today's first price", () => open() === 2);
    await feed.sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
      VALUES ('A', 4, 'x', ${dayStart + 86_400}), ('A', 5, 'x', ${dayStart + 86_401})`;
    await waitFor("tomorrow's first price", () => open() === 4);
    await insert(feed.sql, "A", 6, dayStart + 86_402);
    await waitFor("a later price", () => feed.price("A") === 6);
    assert.equal(open(), 4);
  });
}

async function interleave(writers: readonly postgres.Sql[]): Promise<void> {
  await Promise.all(writers.map(async (writer, number) => {
    for (let round = 0; round < 15; round++) {
      const symbol = `S${(number + round) % 10}`;
      await writer.begin(async (transaction) => {
        await transaction`INSERT INTO stock_prices (symbol, price, source, timestamp)
          VALUES (${symbol}, ${number * 1000 + round + 1}, 'x', ${Math.floor(Math.random() * 50)})`;
        await transaction`SELECT pg_sleep(${Math.random() * 0.03})`;
      });
    }
  }));
}
