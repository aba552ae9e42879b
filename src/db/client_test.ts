import assert from "node:assert/strict";
import { LogRecords } from "../../tests/support/log_records.ts";
import { SilentListener } from "../../tests/support/raw_websocket.ts";
import { testDatabase } from "../../tests/support/postgres.ts";
import { DeadlineError } from "../errors.ts";
import { Database } from "./client.ts";

const QUERIES = 8;
const SHORT_MS = 200;
const LONG_MS = 60_000;

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

Deno.test({
  name: "Database.query() lets a long query end after a short one has cost one like it its answer",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // A server that was started while the machine was overloaded had no prices for as long: twice a second
    // it is asked whether the database is there, and each answer that took over 1 s ended the first read.
    await using testing = await testDatabase();
    const database = new Database({
      url: testing.url,
      connectionsMax: 2,
      applicationName: "a test",
    });
    const beside = () =>
      database.query("sleep for long", LONG_MS, (sql) => sql`SELECT pg_sleep(1) IS NULL AS done`);
    const tooLate = () =>
      assert.rejects(
        database.query("be quick", SHORT_MS, (sql) => sql`SELECT pg_sleep(3)`),
        DeadlineError,
      );
    // The pool may be mute, so the first one goes at once.
    await Promise.all([assert.rejects(beside()), tooLate()]);
    await Promise.all([beside(), tooLate()]);
    await Promise.all([assert.rejects(beside()), tooLate()]);
    await database.close();
  },
});
