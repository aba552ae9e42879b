import assert from "node:assert/strict";
import {
  bytesText,
  countText,
  millisecondsText,
  percentText,
  rateText,
  uptimeText,
} from "./figure_format.ts";

Deno.test("bytesText() has at most three digits before the unit", () => {
  const texts = [0, 999, 999.6, 1000, 9949, 9960, 123_456, 999_600, 2_147_483_648].map(bytesText);
  assert.deepEqual(texts, [
    "0 B",
    "999 B",
    "1.0 kB",
    "1.0 kB",
    "9.9 kB",
    "10 kB",
    "123 kB",
    "1.0 MB",
    "2.1 GB",
  ]);
});

Deno.test("rateText() has a decimal where it is small, and tells little from nothing", () => {
  assert.deepEqual([0, 0.01, 0.5, 9.96, 10, 1234.4].map(rateText), [
    "0",
    "<0.1",
    "0.5",
    "10.0",
    "10",
    "1,234",
  ]);
});

Deno.test("millisecondsText() is as exact as it needs to be", () => {
  assert.deepEqual([0, 1.23, 5, 12.6, 1500].map(millisecondsText), [
    "0 ms",
    "1.2 ms",
    "5 ms",
    "13 ms",
    "1.5 s",
  ]);
});

Deno.test("uptimeText() names the two largest units", () => {
  assert.deepEqual([0, 59_000, 61_000, 3_600_000, 90_061_000].map(uptimeText), [
    "0s",
    "59s",
    "1m 1s",
    "1h 0m",
    "1d 1h",
  ]);
});

Deno.test("countText() and its kin show a dash for what is not known", () => {
  for (const text of [countText, bytesText]) assert.equal(text(null), "–");
  for (const text of [countText, rateText, bytesText, percentText, millisecondsText]) {
    assert.equal(text(undefined), "–");
    assert.equal(text(NaN), "–");
  }
  assert.equal(percentText(0.126), "13 %");
});
