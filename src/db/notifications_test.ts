import assert from "node:assert/strict";
import { freePort } from "../../tests/support/free_port.ts";
import { LogRecords } from "../../tests/support/log_records.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { sleep } from "../lifecycle.ts";
import { NotificationListener } from "./notifications.ts";

const DEADLINE_MS = 30_000;
/** Longer than an attempt takes, which fails for each of the two channels. */
const PAUSE_MS = 100;
const NOTHING = { onPrices() {}, onListening() {}, onPulse() {} };

Deno.test({
  name:
    "NotificationListener.restart() says at once that it fails, and after a few times only how often",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // Each retry of an outage wrote two lines: 32 in 44 s.
    await using records = await LogRecords.keep();
    const url = `postgres://nobody@127.0.0.1:${freePort()}/nothing`;
    const lines = { linesMax: 1, windowMs: 1000 };
    const listener = new NotificationListener(url, { host: undefined }, NOTHING, lines);
    listener.restart();
    await waitFor("the first line", () => records.of("db_listen_failed").length > 0, DEADLINE_MS);
    const leftOut = () => records.of("log_lines_left_out");
    await waitFor("the number of the rest", async () => {
      listener.restart();
      await sleep(PAUSE_MS);
      return leftOut().length > 0;
    }, DEADLINE_MS);
    assert.equal(records.all[0]?.properties["code"], "db_listen_failed");
    assert.equal(leftOut()[0]?.["of"], "db_listen_failed");
    listener.close();
  },
});
