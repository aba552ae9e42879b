import assert from "node:assert/strict";
import { LogRecords } from "../../tests/support/log_records.ts";
import { Lease } from "./lease.ts";
import { type Ending, SessionLog } from "./session_log.ts";

const SILENT = { linesMax: 0, windowMs: 3_600_000 };
const VISITOR = { peer: "10.0.0.7:52144", address: "10.0.0.7", lease: Lease.open };

function end(log: SessionLog, ending: Ending): void {
  const [sent, received] = [{ frames: 812, bytes: 108_411 }, { frames: 2, bytes: 121 }];
  const kind = "echo";
  log.closed({ kind, visitor: VISITOR, ending, durationMs: 61_532.4, sent, received, active: 41 });
}

Deno.test("SessionLog.closed() has a line for each of a hundred ends within ten seconds", async () => {
  await using records = await LogRecords.keep();
  const log = new SessionLog();
  for (let n = 0; n < 100; n += 1) end(log, { by: "client", code: 1001, reason: `${n}` });
  const reasons = records.of("session_closed").map(({ reason }) => Number(reason));
  assert.deepEqual(reasons, [...Array(100).keys()]);
  log.close();
  assert.deepEqual(records.of("log_lines_left_out"), []);
});

Deno.test("SessionLog.closed() tells of those whom the server ends, however many hang up", async () => {
  await using records = await LogRecords.keep();
  const log = new SessionLog();
  for (let n = 0; n < 5000; n += 1) end(log, { by: "client", code: 1000, reason: "bye" });
  end(log, { by: "server", code: 4008, reason: "too slow" });
  assert.equal(records.of("session_closed").at(-1)?.["closeCode"], 4008);
  log.close();
});

Deno.test("SessionLog.failed() cuts what an error says, and its stack", async () => {
  await using records = await LogRecords.keep();
  const log = new SessionLog();
  log.failed("a test", new Error("x".repeat(100_000)));
  const [line] = records.of("session_failed");
  assert.equal(String(line?.["reason"]).length, 500);
  assert.equal(String(line?.["stack"]).length, 4000);
});

Deno.test("SessionLog.close() says what was left out", async () => {
  await using records = await LogRecords.keep();
  const log = new SessionLog(SILENT, SILENT);
  end(log, { by: "server", code: 1001, reason: "server stops" });
  log.failed("a test", new Error("thrown by a test"));
  log.close();
  const sums = records.of("log_lines_left_out").map(({ of, kind, count }) => [of, kind, count]);
  assert.deepEqual(sums, [
    ["session_closed", "by the server", 1],
    ["session_failed", "any", 1],
  ]);
});
