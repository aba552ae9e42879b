/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { AxisFormat } from "./axis_format.ts";

const DAY_MARK = 2;
const TIME_MARK = 3;
const SECONDS_MARK = 4;
const MIDNIGHT_UTC = Date.UTC(2026, 10, 21) / 1000;

Deno.test("AxisFormat.mark() writes the date at the user's midnight, and elsewhere the time", () => {
  const london = new AxisFormat("en-GB", "UTC");
  assert.equal(london.mark(MIDNIGHT_UTC, DAY_MARK, false), "21 Nov");
  assert.equal(london.mark(MIDNIGHT_UTC + 3600, TIME_MARK, false), "1:00");
  const newYork = new AxisFormat("en-GB", "America/New_York");
  assert.equal(newYork.mark(MIDNIGHT_UTC, DAY_MARK, false), "19:00");
  assert.equal(newYork.mark(MIDNIGHT_UTC + 5 * 3600, TIME_MARK, false), "21 Nov");
});

Deno.test("AxisFormat.mark() writes nothing for a moment that no calendar has", () => {
  // "Invalid time value" ended the drawing of a symbol with such a row.
  const axis = new AxisFormat("en-GB", "UTC");
  for (const timestamp of [Number.MIN_SAFE_INTEGER, -8.64e12]) {
    for (const kind of [DAY_MARK, TIME_MARK, SECONDS_MARK]) {
      assert.equal(axis.mark(timestamp, kind, kind === DAY_MARK), "");
    }
  }
});

Deno.test("AxisFormat.mark() writes days by UTC", () => {
  const newYork = new AxisFormat("en-GB", "America/New_York");
  assert.equal(newYork.mark(MIDNIGHT_UTC, DAY_MARK, true), "21 Nov");
});
