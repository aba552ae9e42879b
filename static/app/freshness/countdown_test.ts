/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { secondsUntil } from "./countdown.ts";

Deno.test("secondsUntil() rounds up, and stops at 0", () => {
  assert.deepEqual([2001, 2000, 1, 0, -5].map((atMs) => secondsUntil(atMs, 0)), [3, 2, 1, 0, 0]);
});
