import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runAggregator } from "../../src/aggregator/aggregator.ts";
import { AGGREGATOR_METRICS } from "../../src/aggregator/aggregator_metrics.ts";
import type { AggregatorTotals } from "../../src/aggregator/progress.ts";
import { type AggregatorConfig, readAggregatorConfig } from "../../src/aggregator_config.ts";
import { SetupError } from "../../src/errors.ts";
import { withDeadline } from "../../src/lifecycle.ts";
import { freePort } from "../support/free_port.ts";
import { figure, scrape } from "../support/prometheus_text.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { taskFlags } from "../support/task_flags.ts";
import { waitFor } from "../support/wait_for.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

function configOf(env: Record<string, string>): AggregatorConfig {
  return readAggregatorConfig((name) => env[name]);
}

/** Runs an aggregator while `work` does, then stops it. */
async function aggregating(
  url: string,
  env: Record<string, string>,
  work: () => Promise<void>,
): Promise<AggregatorTotals> {
  const controller = new AbortController();
  const running = runAggregator(configOf(env), url, controller.signal);
  try {
    // Whichever fails first is the one to hear of.
    await Promise.race([work(), running.then(() => assert.fail("It ended by itself"))]);
  } finally {
    controller.abort();
  }
  return await running;
}

/** Rows in the table; 0 while there is no table or no database. */
async function countRows(url: string): Promise<number> {
  return await query(url, async (sql) => {
    const [found] = await sql`select to_regclass('stock_prices') is not null as found`;
    if (found?.["found"] !== true) return 0;
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from stock_prices`;
    return row?.count ?? 0;
  });
}

async function withCsv(text: string, work: (file: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  try {
    await Deno.writeTextFile(file, text);
    await work(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("runAggregator() fills the table with every symbol from both simulated venues", async () => {
  await using database = await testDatabase();
  const env = { SYMBOLS: "AAPL,MSFT,OWN", TICKS_PER_SECOND: "500", SIMULATOR_SEED: "1" };
  await aggregating(database.url, env, async () => {
    await waitFor("100 rows", async () => await countRows(database.url) >= 100);
  });
  const keys = await query(
    database.url,
    (sql) => sql`select distinct symbol, source from stock_prices order by symbol, source`,
  );
  assert.deepEqual(keys.map((row) => `${row["symbol"]} ${row["source"]}`), [
    "AAPL sim_iex",
    "AAPL sim_nyse",
    "MSFT sim_iex",
    "MSFT sim_nyse",
    "OWN sim_iex",
    "OWN sim_nyse",
  ]);
});

Deno.test("runAggregator() goes on from the prices at which a simulation before it stopped", async () => {
  await using database = await testDatabase();
  await query(
    database.url,
    (sql) =>
      sql`insert into stock_prices (symbol, price, source, timestamp) values
        ('AAPL', 280, 'sim_iex', 1), ('AAPL', 99, 'another', 2)`,
  );
  await aggregating(database.url, { SYMBOLS: "AAPL" }, async () => {
    await waitFor("the first tick", async () => await countRows(database.url) > 2);
  });
  const [row] = await query(
    database.url,
    (sql) => sql`select price from stock_prices where timestamp > 2 order by id limit 1`,
  );
  assert.ok(Math.abs(row?.["price"] - 280) < 5, `the first price is ${row?.["price"]}`);
});

Deno.test("runAggregator() writes all that its sources emitted before it was stopped", async () => {
  await using database = await testDatabase();
  const totals = await aggregating(database.url, { TICKS_PER_SECOND: "20000" }, async () => {
    await waitFor("5000 rows", async () => await countRows(database.url) >= 5000);
  });
  assert.equal(totals.buffered, 0);
  assert.equal(totals.written, totals.sources[0]?.ticks);
  assert.equal(await countRows(database.url), totals.written);
});

Deno.test("runAggregator() tells Prometheus what it has done, for as long as it runs", async () => {
  await using database = await testDatabase();
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  await aggregating(database.url, { METRICS_PORT: String(port) }, async () => {
    const text = await waitFor("rows to be told of", async () => {
      try {
        const { text, families } = await scrape(url);
        const told = families.keys().toArray().toSorted();
        assert.deepEqual(told, AGGREGATOR_METRICS.map(({ name }) => name).toSorted());
        return figure(families, "quotewire_aggregator_written_rows_total") > 0 ? text : undefined;
      } catch (error) {
        // It does not listen yet.
        if (error instanceof TypeError) return undefined;
        throw error;
      }
    });
    assert.doesNotMatch(text, /AAPL|sim_/);
    const { status, body } = await fetch(`${url}/`);
    await body?.cancel();
    assert.equal(status, 404);
  });
  await assert.rejects(fetch(`${url}/metrics`), TypeError);
});

Deno.test("runAggregator() says so when it cannot listen for Prometheus", async () => {
  await using database = await testDatabase();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const config = configOf({ METRICS_PORT: String(taken.addr.port) });
  const running = runAggregator(config, database.url, new AbortController().signal);
  await assert.rejects(
    running,
    (error) => error instanceof SetupError && /METRICS_PORT: must be free/.test(error.message),
  );
});

Deno.test("runAggregator() migrates an empty database", async () => {
  await using database = await testDatabase({ empty: true });
  await aggregating(database.url, {}, async () => {
    await waitFor("a row", async () => await countRows(database.url) > 0);
  });
});

Deno.test("runAggregator() waits for a database that is not up yet", async () => {
  await using cluster = await testCluster();
  await cluster.stop();
  await aggregating(cluster.url, {}, async () => {
    await cluster.restart();
    await waitFor("a row", async () => await countRows(cluster.url) > 0, 30_000);
  });
});

Deno.test("runAggregator() can be stopped while it waits for the database", async () => {
  const controller = new AbortController();
  const url = "postgres://nobody@127.0.0.1:1/nowhere";
  const running = runAggregator(configOf({}), url, controller.signal);
  controller.abort();
  const totals = await withDeadline(running, 20_000, "stop the aggregator");
  assert.equal(totals.written, 0);
});

Deno.test("runAggregator() says so when the database cannot be used", async () => {
  await using database = await testDatabase();
  const url = new URL(database.url);
  url.password = "wrong";
  const running = runAggregator(configOf({}), url.href, new AbortController().signal);
  await assert.rejects(running, SetupError);
});

Deno.test("runAggregator() ends when a replay has ended, with every price in the file's order", async () => {
  await using database = await testDatabase();
  const lines = Array.from({ length: 12_000 }, (_, i) => `S${i % 7},${i + 1},file,100`);
  await withCsv(`symbol,price,source,timestamp\n${lines.join("\n")}\nbad line\n`, async (file) => {
    // A buffer smaller than the file: the replay has to wait for the writer.
    const env = { AGGREGATOR_SOURCES: "replay", REPLAY_FILE: file, BUFFER_TICKS_MAX: "4000" };
    const totals = await runAggregator(configOf(env), database.url, new AbortController().signal);
    assert.deepEqual(totals, {
      written: 12_000,
      refused: 0,
      dropped: 0,
      buffered: 0,
      sources: [{ source: "replay", ticks: 12_000, errors: 1, skipped: 0 }],
    });
  });
  const prices = await query(
    database.url,
    (sql) => sql<{ price: number }[]>`select price from stock_prices order by id`,
  );
  assert.deepEqual(prices.map(({ price }) => price), lines.map((_, i) => i + 1));
});

Deno.test("runAggregator() stops the other sources when one cannot go on", async () => {
  await using database = await testDatabase();
  const env = { AGGREGATOR_SOURCES: "simulator,replay", REPLAY_FILE: "/nonexistent/prices.csv" };
  const running = runAggregator(configOf(env), database.url, new AbortController().signal);
  await assert.rejects(withDeadline(running, 20_000, "fail"), /nonexistent.*REPLAY_FILE/);
});

Deno.test("runAggregator() writes what quote APIs answer over HTTP", async () => {
  await using database = await testDatabase();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/api/v1/quote") {
        const known = searchParams.get("symbol") === "AAPL";
        return Response.json(known ? { c: 261.74, t: 1_582_641_000 } : { c: 0, t: 0 });
      }
      return Response.json({
        "Global Quote": { "05. price": "106.7900", "07. latest trading day": "2024-02-20" },
      });
    },
  );
  const baseUrl = `http://127.0.0.1:${server.addr.port}`;
  const env = {
    SYMBOLS: "AAPL,NOPE",
    AGGREGATOR_SOURCES: "alpha_vantage,finnhub",
    ALPHA_VANTAGE_API_KEY: "a",
    ALPHA_VANTAGE_URL: baseUrl,
    ALPHA_VANTAGE_REQUESTS_PER_MINUTE: "1200",
    FINNHUB_API_KEY: "f",
    FINNHUB_URL: `${baseUrl}/`,
    FINNHUB_REQUESTS_PER_MINUTE: "1200",
  };
  await aggregating(database.url, env, async () => {
    await waitFor("three rows", async () => await countRows(database.url) === 3);
  });
  const rows = await query(
    database.url,
    (sql) => sql`select symbol, source, price from stock_prices order by source, symbol`,
  );
  assert.deepEqual(rows.map((row) => [row["symbol"], row["source"], row["price"]]), [
    ["AAPL", "alpha_vantage", 106.79],
    ["NOPE", "alpha_vantage", 106.79],
    ["AAPL", "finnhub", 261.74],
  ]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`The aggregator command ends with its totals and code 0 on ${signal}`, async () => {
    await using database = await testDatabase();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...taskFlags("aggregator"), MAIN, "aggregator"],
      env: { DATABASE_URL: database.url, TICKS_PER_SECOND: "1000" },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = child.output();
    await waitFor("rows", async () => await countRows(database.url) > 0, 30_000);
    child.kill(signal);
    const { code, stdout, stderr } = await withDeadline(output, 20_000, "end the aggregator");
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.match(text, /^\d+ written, 0 buffered, 0 dropped; simulator \d+ ticks, 0 errors\n$/);
    assert.equal(await countRows(database.url), parseInt(text));
  });
}
