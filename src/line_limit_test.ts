import assert from "node:assert/strict";
import { LogRecords } from "../tests/support/log_records.ts";
import { waitFor } from "../tests/support/wait_for.ts";
import { LineLimit, type LineLimitOptions } from "./line_limit.ts";
import { logger } from "./log.ts";

function limit(windowMs: number): LineLimit {
  const options: LineLimitOptions = {
    log: logger("test"),
    level: "warn",
    of: "test_line",
    linesMax: 3,
    windowMs,
  };
  return new LineLimit(options);
}

function taken(lines: LineLimit, times: number, kind?: string): number {
  return Array.from({ length: times }, () => lines.take(kind)).filter(Boolean).length;
}

Deno.test("LineLimit.take() lets so many lines of each kind through", () => {
  const lines = limit(3_600_000);
  assert.deepEqual([taken(lines, 2, "a"), taken(lines, 9, "b"), taken(lines, 9, "a")], [2, 3, 1]);
  lines.close();
});

Deno.test("LineLimit.take() says the number of the rest when the window is over, and begins anew", async () => {
  await using records = await LogRecords.keep();
  const lines = limit(20);
  const logged = taken(lines, 1000);
  assert.ok(logged < 1000);
  await waitFor("all to be told of", () => {
    const sums = records.of("log_lines_left_out").map(({ count }) => Number(count));
    return sums.reduce((sum, count) => sum + count, logged) === 1000;
  });
  assert.equal(records.of("log_lines_left_out")[0]?.["of"], "test_line");
  assert.equal(records.all[0]?.level, "warning");
  assert.equal(lines.take(), true);
});

Deno.test("LineLimit.close() says at once what was left out of each kind, and nothing else", async () => {
  await using records = await LogRecords.keep();
  const lines = limit(3_600_000);
  taken(lines, 3, "none");
  taken(lines, 10, "seven");
  lines.close();
  lines.close();
  const sums = records.of("log_lines_left_out").map(({ kind, count }) => [kind, count]);
  assert.deepEqual(sums, [["seven", 7]]);
});

Deno.test("LineLimit.take() tells a limited number of kinds apart", async () => {
  await using records = await LogRecords.keep();
  const lines = limit(3_600_000);
  const total = Array.from({ length: 1000 }, (_, kind) => taken(lines, 4, `kind ${kind}`));
  lines.close();
  assert.equal(records.of("log_lines_left_out").length, 33);
  assert.equal(total.filter((count) => count === 3).length, 33);
});
