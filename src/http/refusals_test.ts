import assert from "node:assert/strict";
import { LogRecords } from "../../tests/support/log_records.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { SharedMetrics } from "../metrics.ts";
import { Refusals } from "./refusals.ts";

Deno.test("Refusals.note() counts all, and logs a few of each rule and the number of the rest", async () => {
  await using records = await LogRecords.keep();
  const metrics = new SharedMetrics(1);
  const refusals = new Refusals(metrics.writer(0), 500);
  for (let n = 0; n < 100; n++) refusals.note("origin", `is ${"o".repeat(n * 10)}`, "peer");
  refusals.note("version", "is 8", "peer");
  assert.equal(metrics.sum("rejected_origin"), 100);
  assert.equal(metrics.sum("rejected_version"), 1);
  const more = () => records.of("log_lines_left_out");
  await waitFor("the rest to be counted", () => more().length > 0);
  const reasons = records.of("http_refused").map(({ reason }) => String(reason));
  assert.equal(reasons.filter((reason) => /^is o{0,50}$/.test(reason)).length, 5);
  assert.equal(reasons.at(-1), "is 8");
  assert.deepEqual(more().map(({ of, kind, count }) => [of, kind, count]), [
    ["http_refused", "origin", 95],
  ]);
  refusals.note("origin", "is back", "peer");
  assert.equal(records.all.at(-1)?.properties["reason"], "is back", "the next window begins anew");
  assert.equal(records.all.length, 8);
});
