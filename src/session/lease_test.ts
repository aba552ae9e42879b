import assert from "node:assert/strict";
import { LogRecords } from "../../tests/support/log_records.ts";
import { EVERYTHING } from "../auth/grant.ts";
import { Lease } from "./lease.ts";

Deno.test("Lease.renew() logs a few of the renewals that our own faults prevent", async () => {
  // Each was a line, at the pace at which strangers with many sockets ask.
  await using records = await LogRecords.keep();
  for (let n = 0; n < 20; n += 1) {
    const lease = new Lease(EVERYTHING, () => Promise.reject(new Error("thrown by a test")));
    const answer = await lease.renew({ ok: true, id: n, token: "t" });
    assert.equal(answer.type, "error");
  }
  assert.equal(records.of("session_renewal_failed").length, 5);
});
