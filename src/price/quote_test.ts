import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { isNewer, quoteKey, utcDay } from "./quote.ts";

Deno.test("isNewer() lets the later timestamp win, whatever the ids", () => {
  assert.equal(isNewer(aQuote({ timestamp: 2, id: 1 }), aQuote({ timestamp: 1, id: 9 })), true);
  assert.equal(isNewer(aQuote({ timestamp: 1, id: 9 }), aQuote({ timestamp: 2, id: 1 })), false);
});

Deno.test("isNewer() lets the higher id win between equal timestamps", () => {
  assert.equal(isNewer(aQuote({ id: 2 }), aQuote({ id: 1 })), true);
});

Deno.test("isNewer() finds no quote newer than itself", () => {
  assert.equal(isNewer(aQuote(), aQuote()), false);
});

Deno.test("quoteKey() tells symbols and sources apart that join to the same text", () => {
  assert.notEqual(quoteKey("AB", "C"), quoteKey("A", "BC"));
});

Deno.test("utcDay() changes at midnight UTC", () => {
  const midnight = Date.UTC(2026, 10, 21) / 1000;
  assert.equal(utcDay(midnight) - utcDay(midnight - 1), 1);
  assert.equal(utcDay(midnight), utcDay(midnight + 86_399));
});
