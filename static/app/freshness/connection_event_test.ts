/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { describeChange, duration } from "./connection_event.ts";

Deno.test("describeChange() says what a connection brought", () => {
  assert.equal(
    describeChange({ kind: "resumed", changes: 1, awayMs: 3200 }),
    "Resumed after 3.2 s: 1 price had changed",
  );
  assert.equal(
    describeChange({ kind: "resumed", changes: 0, awayMs: 65_000 }),
    "Resumed after 1 min 5 s: nothing had changed",
  );
  assert.equal(
    describeChange({ kind: "replaced", prices: 8, awayMs: 3_660_000, isNewServer: true }),
    "Back after 1 h 1 min with a fresh snapshot of 8 prices. The server has restarted",
  );
});

Deno.test("duration() is short, and never below nothing", () => {
  assert.deepEqual([-5, 40, 9940, 10_960, 59_900, 60_000].map(duration), [
    "0.0 s",
    "0.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min 0 s",
  ]);
});
