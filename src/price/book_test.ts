import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { Book } from "./book.ts";

Deno.test("Book.apply() keeps the newer of two quotes and returns what changed", () => {
  const book = new Book();
  assert.deepEqual(book.apply([aQuote({ price: 1 })], 1).length, 1);
  assert.deepEqual(book.apply([aQuote({ price: 2, timestamp: 101, id: 2 })], 2).length, 1);
  assert.deepEqual(book.apply([aQuote({ price: 3, timestamp: 99, id: 3 })], 3), []);
  assert.equal(book.get("A", "x")?.quote.price, 2);
  assert.equal(book.get("A", "x")?.seq, 2);
});

Deno.test("Book.apply() leaves the same book whatever the order of the quotes", () => {
  const quotes = [1, 2, 3, 4].map((id) => aQuote({ id, price: id, timestamp: 100 + id % 3 }));
  const forwards = new Book();
  const backwards = new Book();
  forwards.apply(quotes, 1);
  backwards.apply(quotes.toReversed(), 1);
  assert.deepEqual(forwards.get("A", "x")?.quote, backwards.get("A", "x")?.quote);
});

Deno.test("Book.apply() tells which of several quotes of one key are history, and remembers all", () => {
  const book = new Book();
  const [first, second, third] = [1, 2, 3].map((id) => aQuote({ id, price: id }));
  const other = aQuote({ symbol: "B" });
  const accepted = book.apply([first, second, other, third].flatMap((quote) => quote ?? []), 1);
  assert.deepEqual(accepted, [
    { quote: first, number: 0, past: true },
    { quote: second, number: 0, past: true },
    { quote: other, number: 1, past: false },
    { quote: third, number: 0, past: false },
  ]);
  assert.deepEqual(book.get("A", "x")?.history.map((point) => point.price), [1, 2, 3]);
  const next = book.apply([aQuote({ id: 4 })], 1);
  assert.deepEqual([accepted[3]?.past, next[0]?.past], [false, false], "each call by itself");
});

Deno.test("Book.follow() makes the same book of what another one accepted", () => {
  const leader = new Book();
  const follower = new Book();
  const quotes = [aQuote(), aQuote({ symbol: "B" }), aQuote({ id: 2, price: 2 })];
  leader.apply(quotes, 7).forEach(({ number, quote }) =>
    follower.follow(number, quote, 7, () => quote)
  );
  assert.deepEqual(
    [...follower.entries()].map(({ quote, seq, history }) => ({ quote, seq, history })),
    [...leader.entries()].map(({ quote, seq, history }) => ({ quote, seq, history })),
  );
});

Deno.test("Book.follow() refuses a number that cannot be next", () => {
  assert.throws(
    () => new Book().follow(1, aQuote(), 1, () => aQuote()),
    /^RangeError: Cannot follow a book: number must be at most 0, is 1$/,
  );
});

Deno.test("Book.apply() forgets the oldest past prices beyond its maximum", () => {
  const book = new Book({ historyMax: 2 });
  for (let id = 1; id <= 5; id++) book.apply([aQuote({ id, price: id })], id);
  assert.deepEqual(book.get("A", "x")?.history.map((point) => point.price), [4, 5]);
});

Deno.test("Book.apply() refuses further keys when it is full, and counts them", () => {
  const book = new Book({ keysMax: 1 });
  book.apply([aQuote()], 1);
  assert.deepEqual(book.apply([aQuote({ symbol: "B" })], 2), []);
  assert.equal(book.refused, 1);
  assert.equal(book.apply([aQuote({ id: 2 })], 3).length, 1);
});

Deno.test("Book.merge() takes sequence numbers and history along with newer quotes", () => {
  const source = new Book();
  for (let id = 1; id <= 3; id++) source.apply([aQuote({ id, price: id })], id * 10);
  const book = new Book();
  assert.equal(book.merge(source.entries()).length, 1);
  assert.equal(book.get("A", "x")?.seq, 30);
  assert.deepEqual(book.get("A", "x")?.history.map((point) => point.price), [1, 2, 3]);
});

Deno.test("Book.merge() leaves what is as new or newer", () => {
  const older = new Book();
  older.apply([aQuote({ price: 1 })], 1);
  const book = new Book();
  book.apply([aQuote({ id: 2, price: 2 })], 5);
  assert.deepEqual(book.merge(older.entries()), []);
  assert.equal(book.get("A", "x")?.seq, 5);
});

Deno.test("Book.merge() does not share history with the book it came from", () => {
  const source = new Book();
  source.apply([aQuote()], 1);
  const book = new Book();
  book.merge(source.entries());
  source.apply([aQuote({ id: 2, price: 2 })], 2);
  assert.deepEqual(book.get("A", "x")?.history.length, 1);
});

Deno.test("Book.ofSymbol() finds a symbol's quotes from every source", () => {
  const book = new Book();
  book.apply([aQuote(), aQuote({ source: "y" }), aQuote({ symbol: "B" })], 1);
  assert.deepEqual([...book.ofSymbol("A")].map((entry) => entry.quote.source), ["x", "y"]);
  assert.deepEqual([...book.ofSymbol("nothing")], []);
});
