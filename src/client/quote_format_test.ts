import assert from "node:assert/strict";
import { changeOf, directionOf, isoTime, QuoteFormat } from "./quote_format.ts";

const format = new QuoteFormat("en-US");
const MILLISECONDS_BY_MISTAKE = 1_795_233_135_458_000;

Deno.test("QuoteFormat.price() gives small prices more decimals", () => {
  assert.deepEqual([12_345.678, 10, 1.08345, 1, 0.5, 0.000_012_345].map((p) => format.price(p)), [
    "12,345.68",
    "10.00",
    "1.08345",
    "1.00",
    "0.5000",
    "0.000012345",
  ]);
});

Deno.test("QuoteFormat writes vast figures as powers of ten", () => {
  // 1.7e308, which a table may hold, had 309 digits and pushed aside all that stood beside it.
  assert.deepEqual([1e15 - 1, 1e15, 1.7e308].map((price) => format.price(price)), [
    "999,999,999,999,999.00",
    "1E15",
    "1.7E308",
  ]);
  assert.deepEqual([1.5e20, -1.5e20].map((amount) => format.amount(amount, 1)), [
    "+1.5E20",
    "-1.5E20",
  ]);
  assert.deepEqual([1.25e300, Infinity].map((ratio) => format.percent(ratio)), [
    "+1.25E302%",
    "+∞%",
  ]);
});

Deno.test("QuoteFormat.priceStep() is the least difference that price() shows", () => {
  for (const price of [1.5e300, 12_345, 1.5, 0.5, 0.000_012]) {
    const step = format.priceStep(price);
    assert.notEqual(format.price(price + step), format.price(price));
    assert.equal(format.price(price + step / 4), format.price(price));
  }
});

Deno.test("QuoteFormat.amount() has a sign, and the decimals of its price", () => {
  assert.equal(format.amount(1.239, 200), "+1.24");
  assert.equal(format.amount(-0.0012, 1.1), "-0.0012");
  assert.equal(format.amount(0, 200), "0.00");
});

Deno.test("QuoteFormat.percent() has a sign and two decimals", () => {
  assert.deepEqual([0.01234, -0.5, 0].map((ratio) => format.percent(ratio)), [
    "+1.23%",
    "-50.00%",
    "0.00%",
  ]);
});

Deno.test("QuoteFormat.age() names the largest whole unit", () => {
  assert.deepEqual(
    [-50, 0, 999, 59_999, 60_000, 7_200_000, 200_000_000].map((ms) => format.age(ms)),
    [
      "0s",
      "0s",
      "0s",
      "59s",
      "1m",
      "2h",
      "2d",
    ],
  );
});

Deno.test("QuoteFormat.ago() says what an age means", () => {
  assert.equal(format.ago(3000), "3s ago");
});

Deno.test("QuoteFormat shows a dash for a timestamp that no calendar has", () => {
  assert.equal(format.time(MILLISECONDS_BY_MISTAKE), "–");
  assert.equal(format.dateAndTime(Infinity), "–");
  assert.equal(format.age(Infinity), "–");
  assert.equal(format.ago(-60_001), "–");
  assert.equal(isoTime(MILLISECONDS_BY_MISTAKE), undefined);
});

Deno.test("changeOf() compares with the day's opening price", () => {
  assert.deepEqual(changeOf({ price: 110, open: 100 }), { amount: 10, ratio: 0.1 });
  assert.deepEqual(changeOf({ price: 110, open: 0 }), { amount: 110, ratio: 0 });
});

Deno.test("directionOf() knows up, down and flat", () => {
  assert.deepEqual([2, -2, 0].map(directionOf), ["up", "down", "flat"]);
});
