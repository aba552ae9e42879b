import assert from "node:assert/strict";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { type ClientQuote, nextQuote } from "./client_quote.ts";

const DAY = 86_400;
const NOON = 20_000 * DAY + DAY / 2;

function known(price: number, timestamp: number, rest: Partial<ClientQuote> = {}): ClientQuote {
  const quote = nextQuote(undefined, wireQuote("AAPL", price, timestamp, { open: 90 }), 3);
  assert.ok(quote);
  return { ...quote, ...rest };
}

Deno.test("nextQuote() refuses an earlier timestamp", () => {
  assert.equal(nextQuote(known(100, NOON), wireQuote("AAPL", 101, NOON - 1), 3), undefined);
});

Deno.test("nextQuote() lets the later arrival win between equal timestamps", () => {
  const next = nextQuote(known(100, NOON), wireQuote("AAPL", 101, NOON, { time: 7 }), 3);
  assert.equal(next?.price, 101);
});

Deno.test("nextQuote() sees nothing new in a price that is told again", () => {
  assert.equal(nextQuote(known(100, NOON), wireQuote("AAPL", 100, NOON), 3), undefined);
});

Deno.test("nextQuote() takes opening price and history from a price that is told again with them", () => {
  const wire = wireQuote("AAPL", 100, NOON, { open: 95, history: [[NOON - 1, 99], [NOON, 100]] });
  const next = nextQuote(known(100, NOON, { previousPrice: 98 }), wire, 3);
  assert.equal(next?.open, 95);
  assert.equal(next?.previousPrice, 98);
  assert.equal(next?.history.length, 2);
});

Deno.test("nextQuote() keeps the day's opening price through the day", () => {
  assert.equal(nextQuote(known(100, NOON), wireQuote("AAPL", 101, NOON + 1), 3)?.open, 90);
});

Deno.test("nextQuote() opens a new UTC day with its first price", () => {
  assert.equal(nextQuote(known(100, NOON), wireQuote("AAPL", 101, NOON + DAY), 3)?.open, 101);
});

Deno.test("nextQuote() remembers the price that was replaced", () => {
  assert.equal(
    nextQuote(known(100, NOON), wireQuote("AAPL", 101, NOON + 1), 3)?.previousPrice,
    100,
  );
});

Deno.test("nextQuote() finds the replaced price in the history of a snapshot", () => {
  const wire = wireQuote("AAPL", 100, NOON, { history: [[NOON - 1, 99], [NOON, 100]] });
  assert.equal(nextQuote(undefined, wire, 3)?.previousPrice, 99);
});

Deno.test("nextQuote() keeps at most the history that was asked for, newest last", () => {
  let quote: ClientQuote | undefined = known(100, NOON);
  for (let step = 1; step <= 5; step++) {
    quote = nextQuote(quote, wireQuote("AAPL", 100 + step, NOON + step), 3);
  }
  assert.deepEqual(quote?.history.map(({ price }) => price), [103, 104, 105]);
});

Deno.test("nextQuote() keeps no history when none was asked for", () => {
  assert.deepEqual(nextQuote(undefined, wireQuote("AAPL", 1, NOON), 0)?.history, []);
});
