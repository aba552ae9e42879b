/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { enteredNumber } from "./entered_number.ts";

Deno.test("enteredNumber() reads either decimal sign, and grouping beside it", () => {
  for (
    const [text, number] of [
      ["230", 230],
      [" 230.5 ", 230.5],
      ["230,5", 230.5],
      ["1,234.5", 1234.5],
      ["1.234,5", 1234.5],
      ["1 234,5", 1234.5],
      ["1’234.5", 1234.5],
      ["1,234,567", 1_234_567],
      ["0.00001234", 0.000_012_34],
      ["1e-7", 1e-7],
      ["-5", -5],
    ] as const
  ) assert.equal(enteredNumber(text, ","), number, text);
});

Deno.test("enteredNumber() takes nothing that could be two numbers", () => {
  // "1,234" was taken for 1.234, and the alert fired at once.
  assert.equal(enteredNumber("1,234", ","), Number.NaN);
  assert.equal(enteredNumber("1.234", ","), 1.234);
  assert.equal(enteredNumber("1.234", "."), Number.NaN);
  assert.equal(enteredNumber("1,234", "."), 1.234);
  for (const text of ["", " ", "x", "1.2.3,4,5x", "1,,"]) {
    assert.equal(enteredNumber(text, ","), Number.NaN, text);
  }
});
