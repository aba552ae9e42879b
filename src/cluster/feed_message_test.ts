import assert from "node:assert/strict";
import fc from "fast-check";
import { Book } from "../price/book.ts";
import type { Quote } from "../price/quote.ts";
import {
  BATCH_QUOTES_MAX,
  decodeBookPart,
  decodeBookRequest,
  decodeLeaderMessage,
  encodeBookEntry,
  encodeBookPart,
  encodeBookRequest,
  encodeLeaderMessage,
  type LeaderMessage,
} from "./feed_message.ts";

const EPOCH = "6f1c2a0e-3a55-4c7a-9d0b-0f5f6a1f2b3c";
/** What NATS takes when nobody has set it. */
const NATS_BYTES_MAX = 1024 * 1024;

const name = fc.string({ minLength: 1, maxLength: 32, unit: "binary" }).filter(({ length }) =>
  length <= 32
);
const aPrice = fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true });
const aQuote: fc.Arbitrary<Quote> = fc.record({
  symbol: name,
  source: name,
  price: aPrice,
  timestamp: fc.maxSafeInteger(),
  id: fc.maxSafeNat(),
  timeMs: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  open: aPrice,
}, { noNullPrototype: true });

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("decodeLeaderMessage() reads what encodeLeaderMessage() wrote, whatever the quotes are", () => {
  fc.assert(fc.property(fc.array(aQuote, { maxLength: 20 }), fc.maxSafeNat(), (quotes, seq) => {
    const message: LeaderMessage = { kind: "batch", term: 7, epoch: EPOCH, seq, quotes };
    assert.deepEqual(decodeLeaderMessage(encodeLeaderMessage(message)), { v: 1, ...message });
  }));
});

Deno.test("decodeLeaderMessage() throws at what it cannot read, and never gives what breaks a rule", () => {
  const anything = fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.constant('{"v":1}'));
  fc.assert(fc.property(anything, (text) => {
    for (const decode of [decodeLeaderMessage, decodeBookRequest, decodeBookPart]) {
      try {
        decode(encoded(text));
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.ok(["ValiError", "SyntaxError"].includes(error.name), error.name);
      }
    }
  }));
});

Deno.test("decodeLeaderMessage() tells another version from what is none", () => {
  assert.deepEqual(decodeLeaderMessage(encoded('{"v":2,"other":[]}')), {
    kind: "foreign",
    version: 2,
  });
  assert.throws(() => decodeLeaderMessage(encoded('{"v":"2"}')));
  assert.throws(() => decodeLeaderMessage(new Uint8Array(9 * 1024 * 1024)), /must have at most/);
});

Deno.test("decodeLeaderMessage() throws at a term more than a day ahead of the clock, and says so", () => {
  const dayMs = 24 * 3_600_000;
  const saidWith = (term: number) =>
    encodeLeaderMessage({ kind: "batch", term, epoch: EPOCH, seq: 1, quotes: [] });
  const read = decodeLeaderMessage(saidWith(Date.now() + dayMs));
  assert.equal(read.kind, "batch");
  for (const term of [Date.now() + dayMs + 60_000, Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => decodeLeaderMessage(saidWith(term)), new RegExp(`a day .* is ${term}`));
  }
});

Deno.test("decodeLeaderMessage() passes over fields that it does not know", () => {
  const message: LeaderMessage = {
    kind: "status",
    term: 1,
    epoch: EPOCH,
    seq: 2,
    feed: { status: "live", mode: "listen", ageMs: 3 },
  };
  const text = new TextDecoder().decode(encodeLeaderMessage(message));
  const read = decodeLeaderMessage(encoded(text.replace("{", '{"later":true,')));
  assert.deepEqual(read, { v: 1, ...message });
});

Deno.test("encodeLeaderMessage() stays below what NATS takes, with the longest names and numbers", () => {
  const longest: Quote = {
    symbol: "\u0001".repeat(32),
    source: "\u0001".repeat(32),
    price: 2.2250738585072014e-308,
    timestamp: Number.MIN_SAFE_INTEGER,
    id: Number.MIN_SAFE_INTEGER,
    timeMs: -1.7976931348623157e308,
    open: 2.2250738585072014e-308,
  };
  const quotes = Array.from({ length: BATCH_QUOTES_MAX }, () => longest);
  const head = { term: Date.now(), epoch: EPOCH, seq: Number.MAX_SAFE_INTEGER };
  const payload = encodeLeaderMessage({ kind: "batch", ...head, quotes });
  assert.ok(payload.length < NATS_BYTES_MAX, `${payload.length} bytes`);
  assert.throws(() => {
    const more = [...quotes, longest];
    decodeLeaderMessage(encodeLeaderMessage({ kind: "batch", ...head, quotes: more }));
  });
});

Deno.test("decodeBookPart() reads entries with their numbers and their history", () => {
  const book = new Book();
  const quote = { source: "x", timestamp: 100, id: 1, timeMs: 100_000, open: 1 };
  book.apply([{ ...quote, symbol: "A", price: 1 }], 1);
  book.apply([{ ...quote, symbol: "A", price: 2, timestamp: 101 }], 2);
  book.apply([{ ...quote, symbol: "B", price: 3 }], 3);
  const entries = book.copy();
  const part = encodeBookPart({ epoch: EPOCH, seq: 3, next: 2 }, entries.map(encodeBookEntry));
  assert.deepEqual(decodeBookPart(part), { epoch: EPOCH, seq: 3, next: 2, entries });
});

Deno.test("decodeBookRequest() reads what encodeBookRequest() wrote", () => {
  const { epoch, from } = decodeBookRequest(encodeBookRequest({ epoch: EPOCH, from: 5 }));
  assert.deepEqual([epoch, from], [EPOCH, 5]);
});
