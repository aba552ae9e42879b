import assert from "node:assert/strict";
import { closeInTime } from "./timely_close.ts";

Deno.test("closeInTime() closes everything, the last first", async () => {
  const closed: number[] = [];
  await closeInTime([1, 2].map((n) => ({ close: () => void closed.push(n) })), 60_000);
  assert.deepEqual(closed, [2, 1]);
});

Deno.test("closeInTime() returns although something never closes", async () => {
  await closeInTime([{ close: () => new Promise<never>(() => {}) }], 10);
});

Deno.test("closeInTime() throws what went wrong", async () => {
  const parts = [{ close: () => Promise.reject(new Error("broken")) }];
  await assert.rejects(closeInTime(parts, 60_000), AggregateError);
});
