import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { Book } from "../price/book.ts";
import { PROTOCOL_LIMITS } from "./protocol.ts";
import { Subscription, type SubscriptionChange } from "./subscription.ts";

function must(change: SubscriptionChange): Subscription {
  assert.ok(change.ok, "the change is allowed");
  return change.subscription;
}

Deno.test("Subscription.matches() takes listed symbols from listed sources", () => {
  const subscription = Subscription.of({ symbols: ["A"], sources: ["x"] });
  assert.equal(subscription.matches(aQuote()), true);
  assert.equal(subscription.matches(aQuote({ symbol: "B" })), false);
  assert.equal(subscription.matches(aQuote({ source: "y" })), false);
});

Deno.test("Subscription.of() takes every source when none is named", () => {
  assert.equal(Subscription.of({ symbols: ["A"] }).matches(aQuote({ source: "y" })), true);
});

Deno.test("Subscription.extend() adds symbols and keeps settings that are not stated", () => {
  const before = Subscription.of({ symbols: ["B"], sources: ["x"], history: 5, max_rate_ms: 100 });
  assert.deepEqual(must(before.extend({ symbols: ["A"] })).toWire(), {
    symbols: ["A", "B"],
    sources: ["x"],
    history: 5,
    max_rate_ms: 100,
  });
});

Deno.test("Subscription.extend() refuses more symbols than the protocol allows", () => {
  const many = Array.from({ length: PROTOCOL_LIMITS.symbolsMax }, (_, n) => `S${n}`);
  const change = Subscription.of({ symbols: many }).extend({ symbols: ["one more"] });
  assert.deepEqual(change, {
    ok: false,
    fault: "must name at most 2000 symbols in all, would be 2001",
  });
});

Deno.test("Subscription.without() takes symbols out of a list", () => {
  const rest = must(Subscription.of({ symbols: ["A", "B"] }).without(["A", "unknown"]));
  assert.deepEqual(rest.toWire().symbols, ["B"]);
});

Deno.test('Subscription.without() cannot take single symbols out of "*"', () => {
  assert.equal(Subscription.everything.without(["A"]).ok, false);
});

Deno.test('Subscription.without() takes everything out with "*"', () => {
  assert.deepEqual(must(Subscription.everything.without("*")).toWire().symbols, []);
});

Deno.test("Subscription.select() finds the entries that match, listed or not", () => {
  const book = new Book();
  book.apply([aQuote(), aQuote({ source: "y" }), aQuote({ symbol: "B" })], 1);
  const count = (subscription: Subscription) => subscription.select(book).length;
  assert.equal(count(Subscription.everything), 3);
  assert.equal(count(Subscription.of({ symbols: ["A"] })), 2);
  assert.equal(count(Subscription.of({ symbols: "*", sources: ["y"] })), 1);
});

Deno.test("Subscription.selection is the same for lists that differ in order alone", () => {
  const selection = (...symbols: string[]) => Subscription.of({ symbols }).selection;
  assert.equal(selection("A", "B"), selection("B", "A"));
  assert.notEqual(selection("A", "B"), selection("A,B"));
});

Deno.test("Subscription.extend() keeps its selection where it adds no names", () => {
  const before = Subscription.of({ symbols: ["B", "A"], sources: ["x"] });
  const after = must(before.extend({ symbols: ["A"], max_rate_ms: 5 }));
  assert.equal(after.selection, before.selection);
  assert.equal(after.maxRateMs, 5);
  const other = must(after.extend({ symbols: ["A"], sources: ["y"] }));
  assert.equal(other.selection, Subscription.of({ symbols: ["A", "B"], sources: ["y"] }).selection);
});
