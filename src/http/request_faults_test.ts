import assert from "node:assert/strict";
import { Hono } from "hono";
import { LogRecords } from "../../tests/support/log_records.ts";
import { requestFaults } from "./request_faults.ts";

Deno.test("requestFaults() answers each request that throws with 500, and logs a few of them", async () => {
  // Each was a line with a stack and the whole path: whoever found one such request could fill the log.
  await using records = await LogRecords.keep();
  const app = new Hono();
  app.onError(requestFaults());
  app.get("*", () => {
    throw new Error("thrown by a test");
  });
  for (let n = 0; n < 20; n += 1) {
    const response = await app.request(`/${"x".repeat(10_000)}`);
    assert.equal(response.status, 500);
    assert.equal((await response.json()).error, "server_fault");
  }
  const lines = records.of("http_request_failed");
  assert.equal(lines.length, 5);
  assert.equal(String(lines[0]?.["path"]).length, 200);
});
