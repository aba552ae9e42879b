import assert from "node:assert/strict";
import { LogRecords } from "../../tests/support/log_records.ts";
import { SilentListener } from "../../tests/support/raw_websocket.ts";
import { DeadlineError } from "../errors.ts";
import { Database } from "./client.ts";

const QUERIES = 8;

Deno.test({
  name:
    "Database.query() says a few times a minute that its pool was replaced, and then only how often",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // A mute database had a line for each retry, for as long as it was mute.
    await using records = await LogRecords.keep();
    const mute = new SilentListener();
    const database = new Database({
      url: `postgres://nobody@${new URL(mute.url).host}/nothing`,
      connectionsMax: 1,
      applicationName: "a test",
    });
    for (let n = 0; n < QUERIES; n++) {
      await assert.rejects(database.query("ask", 1, (sql) => sql`SELECT 1`), DeadlineError);
    }
    assert.equal(records.of("db_pool_replaced").length, 5);
    await database.close();
    await mute.close();
    const [{ of, count } = {}] = records.of("log_lines_left_out");
    assert.deepEqual([of, count], ["db_pool_replaced", QUERIES - 5]);
  },
});
