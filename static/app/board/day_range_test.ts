/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { type DayRange, extended, joined } from "./day_range.ts";

const RANGE: DayRange = { day: 3, open: 10, high: 12, low: 9, certainty: "table" };

Deno.test("extended() takes in a price beyond the range, and is the same object for one within", () => {
  assert.equal(extended(RANGE, 12), RANGE);
  assert.equal(extended(RANGE, 13).high, 13);
  assert.equal(extended(RANGE, 8).low, 8);
});

Deno.test("joined() keeps what was seen here while the table was asked", () => {
  assert.deepEqual(joined({ ...RANGE, high: 11, low: 9.5 }, RANGE), RANGE);
});

Deno.test("joined() forgets what was seen on another day", () => {
  const told: DayRange = { ...RANGE, day: 4, high: 11, low: 9.5 };
  assert.deepEqual(joined(told, RANGE), told);
});
