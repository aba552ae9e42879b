import assert from "node:assert/strict";
import { TickBuffer } from "../../src/aggregator/tick_buffer.ts";
import { TickWriter } from "../../src/aggregator/tick_writer.ts";
import { Database } from "../../src/db/client.ts";
import { PriceWriter } from "../../src/db/price_writer.ts";
import { runFeed } from "../contract/feed_contract.ts";
import { leavesNoDebris, RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { testCluster } from "../support/postgres.ts";
import { waitFor } from "../support/wait_for.ts";

/** Room for a segment of the write-ahead log, which has 16 MiB, and for not much of a table. */
const FILE_BYTES_MAX = 18_000_000;
const ROWS_TOO_MANY = 400_000;

/**
 * Lets the files of a Postgres grow to a size and no further: the system then refuses its writes, as a
 * full disk does, and no other program notices.
 */
async function limitFiles(postmaster: number, limit: string): Promise<void> {
  const children = await Deno.readTextFile(`/proc/${postmaster}/task/${postmaster}/children`);
  // Even root may be refused the limits of another account's processes: so we ask as that account.
  const { uid, gid } = await Deno.stat(`/proc/${postmaster}`);
  const account = uid === Deno.uid() ? {} : { uid: uid ?? 0, gid: gid ?? 0 };
  for (const pid of [postmaster, ...children.trim().split(" ")]) {
    const { success, stderr } = await new Deno.Command("prlimit", {
      args: [`--pid=${pid}`, `--fsize=${limit}:`],
      cwd: "/",
      ...account,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  }
}

Deno.test({
  name:
    "An embedded Postgres that runs out of disk shows what it has, and the rest when it has room",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using cluster = await testCluster({ settings: { autovacuum: "off" } });
    await using feed = await runFeed("listen", { url: cluster.url });
    const database = new Database({
      url: cluster.url,
      connectionsMax: 1,
      applicationName: "quotewire test writer",
    });
    const buffer = new TickBuffer(1000);
    const writer = new TickWriter(buffer, new PriceWriter(database));
    const stop = new AbortController();
    const writing = writer.run(stop.signal);
    try {
      await leavesNoDebris(async (round) => {
        await limitFiles(cluster.processId, String(FILE_BYTES_MAX));
        await assert.rejects(
          feed.sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
            SELECT 'FILL', 1, 'x', n FROM generate_series(1, ${ROWS_TOO_MANY}) n`.execute(),
          /could not extend file/,
        );
        buffer.push([{ symbol: "A", price: round, source: "x", timestamp: 100 + round }]);
        await assert.rejects(
          feed.sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
            VALUES ('B', 1, 'x', 100)`.execute(),
          /could not extend file/,
        );
        const { length } = feed.statuses;
        await waitFor("the feed's next words", () => feed.statuses.length >= length + 4);
        assert.ok(feed.statuses.slice(length).every(({ status }) => status === "live"));
        assert.equal(writer.written, round - 1);
        await limitFiles(cluster.processId, "unlimited");
        await waitFor("the price", () => feed.price("A") === round, RECOVERY_DEADLINE_MS);
        assert.equal(writer.written, round);
        assert.equal(feed.price("FILL"), undefined);
      });
    } finally {
      stop.abort();
      await writing;
      await database.close();
    }
  },
});
